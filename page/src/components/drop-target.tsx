import { useEffect, useState } from 'preact/hooks';
import { Icon } from './icon';
import { useStore } from './use-store';

/** Takes photos that are dropped or pasted anywhere on the page. */
export function DropTarget() {
  const store = useStore();
  const [over, setOver] = useState(false);
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
    document.addEventListener(
      'dragover',
      (event) => {
        if (hasFiles(event)) {
          event.preventDefault();
          setOver(true);
        }
      },
      { signal },
    );
    document.addEventListener('dragleave', (event) => event.relatedTarget === null && setOver(false), { signal });
    document.addEventListener(
      'drop',
      (event) => {
        setOver(false);
        if (hasFiles(event)) {
          event.preventDefault();
          store.addPhotos(Array.from(event.dataTransfer?.files ?? []));
        }
      },
      { signal },
    );
    document.addEventListener(
      'paste',
      (event) => {
        const files = Array.from(event.clipboardData?.files ?? []);
        if (files.length > 0) {
          event.preventDefault();
          store.addPhotos(files);
        }
      },
      { signal },
    );
    return () => controller.abort();
  }, [store]);
  return over ? (
    <div class="drop" aria-hidden="true">
      <div class="drop__sign">
        <Icon name="photos" />
        Drop photos
      </div>
    </div>
  ) : null;
}
