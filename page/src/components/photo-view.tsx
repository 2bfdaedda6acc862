import { useEffect, useRef } from 'preact/hooks';
import type { Photo } from '../state/photo';
import { Button } from './button';
import { Filmstrip } from './filmstrip';
import { Fitted } from './fitted';
import { PhotoFrame } from './photo-frame';
import { PhotoStatus } from './photo-status';
import { useFocusHome } from './use-focus-home';
import { useStore } from './use-store';

/** Proportions of a photo before anything is known of it. */
const unknownSize = { width: 4, height: 3 };

/** One photo, seen large. */
export function PhotoView({ photo }: { photo: Photo }) {
  const store = useStore();
  const { photos } = store;
  const several = photos.list.value.length > 1;
  const picture = photo.picture.value;
  const result = store.resultOf(photo);
  const size = picture.kind === 'shown' ? picture : (result ?? photo.answer.value?.result);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && several && !event.defaultPrevented) {
        photos.enlarge(undefined);
      }
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [photos, several]);
  const view = useRef<HTMLDivElement>(null);
  useFocusHome(view);
  return (
    <div class="view" ref={view}>
      <div class="view__bar">
        {several && (
          <Button icon="grid" look="quiet" onClick={() => photos.enlarge(undefined)}>
            All<span class="spare"> photos</span>
          </Button>
        )}
        <h2 class="view__name" title={photo.name}>
          {photo.name}
        </h2>
        {size && (
          <span class={`view__size${several ? ' spare' : ''}`}>
            {size.width} × {size.height}
          </span>
        )}
        <span class="view__space" />
        {several && <Button icon="previous" look="quiet" label="Previous photo" onClick={() => photos.step(-1)} />}
        {several && <Button icon="next" look="quiet" label="Next photo" onClick={() => photos.step(1)} />}
        <Button icon="close" look="quiet" label={`Remove ${photo.name}`} onClick={() => photos.remove(photo)} />
      </div>
      <Fitted
        size={size ?? (picture.kind === 'opening' ? unknownSize : { width: 800, height: 600 })}
        result={result}
        over={<PhotoStatus photo={photo} large />}
      >
        <PhotoFrame key={photo.id} photo={photo} large />
      </Fitted>
      {several && <Filmstrip />}
    </div>
  );
}
