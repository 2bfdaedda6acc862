import { titleOf } from '../state/errors';
import type { Photo } from '../state/photo';
import { summary } from '../state/words';
import { PhotoFrame } from './photo-frame';
import { PhotoStatus } from './photo-status';
import { useStore } from './use-store';

const namesOnTile = 3;
/** Very long pictures get a strip of their proportions cut off at these. */
const narrowest = 0.6;
const widest = 2.5;

/** One photo of several; choosing it enlarges it. */
export function PhotoTile({ photo }: { photo: Photo }) {
  const store = useStore();
  const picture = photo.picture.value;
  const result = store.resultOf(photo);
  const run = photo.run.value;
  const size = picture.kind === 'shown' ? picture : (result ?? { width: 4, height: 3 });
  const proportion = size.width / size.height;
  const found = result ? summary(result, namesOnTile) : run.kind === 'failed' ? titleOf(run.error) : '…';
  return (
    <li class="tile" style={{ '--room': `${Math.min(widest, Math.max(narrowest, proportion))}` }}>
      <button type="button" class="tile__button" data-photo={photo.id} onClick={() => store.photos.enlarge(photo)}>
        <span class="tile__room" aria-hidden="true">
          <span class={`tile__frame${proportion > 1 ? '' : ' tile__frame--tall'}`} style={{ '--proportion': `${proportion}` }}>
            <PhotoFrame photo={photo} large={false} />
          </span>
          <PhotoStatus photo={photo} large={false} />
        </span>
        <span class="tile__name">{photo.name}</span>
        <span class="tile__found">{found}</span>
      </button>
    </li>
  );
}
