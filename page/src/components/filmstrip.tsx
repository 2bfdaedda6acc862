import { useLayoutEffect, useRef } from 'preact/hooks';
import { useStore } from './use-store';

/** All photos in a row, to change from one to another. */
export function Filmstrip() {
  const { photos } = useStore();
  const list = useRef<HTMLUListElement>(null);
  const large = photos.enlarged.value;
  useLayoutEffect(() => {
    list.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  });
  return (
    <ul class="filmstrip" ref={list} aria-label="All photos">
      {photos.list.value.map((photo) => {
        const picture = photo.picture.value;
        return (
          <li key={photo.id}>
            <button
              type="button"
              class="filmstrip__photo"
              aria-current={photo === large ? 'true' : undefined}
              title={photo.name}
              aria-label={photo.name}
              onClick={() => photos.enlarge(photo)}
            >
              {picture.kind === 'shown' && <img src={picture.thumbnail} alt="" draggable={false} />}
            </button>
          </li>
        );
      })}
    </ul>
  );
}
