import type { Photo } from '../state/photo';
import { Overlay } from './overlay';
import { useStore } from './use-store';

interface PhotoFrameProps {
  photo: Photo;
  /** Whether it is the one seen large, of which boxes and classes can be highlighted. */
  large: boolean;
}

/** A photo with what was found on it; fills the element it lies in, which has its proportions. */
export function PhotoFrame({ photo, large }: PhotoFrameProps) {
  const store = useStore();
  const picture = photo.picture.value;
  const result = store.resultOf(photo);
  return (
    <>
      {picture.kind === 'shown' && <img class="picture" src={picture.thumbnail} alt="" draggable={false} />}
      {picture.kind === 'shown' && large && (
        <img class="picture" src={photo.url} alt={photo.name} decoding="async" draggable={false} />
      )}
      {picture.kind === 'unknown' && (
        <div class="picture picture--unknown">
          {photo.run.value.kind !== 'failed' && <p>{large ? `This browser cannot show ${photo.name}.` : 'cannot be shown'}</p>}
        </div>
      )}
      <Overlay
        result={result}
        labels={large}
        opacity={store.settings.value.opacity}
        highlighted={large ? store.highlight.current.value : undefined}
      />
    </>
  );
}
