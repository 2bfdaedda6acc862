import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { Button } from './button';
import { useStore } from './use-store';

/** Formats that some systems do not take for images. */
const accepted = 'image/*,.heic,.heif,.avif,.tif,.tiff,.bmp';

export function PhotoButton({ look, children }: { look: 'primary' | 'plain'; children: ComponentChildren }) {
  const store = useStore();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button icon="photos" look={look} onClick={() => input.current?.click()}>
        {children}
      </Button>
      <input
        ref={input}
        type="file"
        accept={accepted}
        multiple
        hidden
        onChange={({ currentTarget }) => {
          store.addPhotos(Array.from(currentTarget.files ?? []));
          // Choosing the same photo again is a change then, too.
          currentTarget.value = '';
        }}
      />
    </>
  );
}
