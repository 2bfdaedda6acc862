import { useRef } from 'preact/hooks';
import { count } from '../state/words';
import { Button } from './button';
import { PhotoTile } from './photo-tile';
import { useFocusHome } from './use-focus-home';
import { useStore } from './use-store';

/** All photos side by side. */
export function PhotoGrid() {
  const { photos } = useStore();
  const list = photos.list.value;
  const view = useRef<HTMLDivElement>(null);
  useFocusHome(view, `[data-photo="${photos.lastEnlarged}"]`);
  return (
    <div class="view" ref={view}>
      <div class="view__bar">
        <h2 class="view__name">{count(list.length, 'photo')}</h2>
        <span class="view__space" />
        <Button icon="close" look="quiet" onClick={() => photos.clear()}>
          Remove all
        </Button>
      </div>
      <ul class="grid">
        {list.map((photo) => (
          <PhotoTile key={photo.id} photo={photo} />
        ))}
      </ul>
    </div>
  );
}
