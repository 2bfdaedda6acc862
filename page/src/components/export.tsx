import { annotatedPicture } from '../drawing/save-picture';
import type { Photo } from '../state/photo';
import { asApiResult } from '../state/shown-result';
import { savedName } from '../state/words';
import { Button } from './button';
import { copyText } from './copy-text';
import { saveFile } from './save-file';
import { useStore } from './use-store';

/** Copies and saves what was found on a photo. */
export function Export({ photo }: { photo: Photo }) {
  const store = useStore();
  const { announcements } = store;
  const result = store.resultOf(photo);
  if (!result) {
    return null;
  }
  const json = () => `${JSON.stringify(asApiResult(result), null, 2)}\n`;
  const copy = async () => {
    announcements.show((await copyText(json())) ? 'JSON copied' : 'The browser does not let pages copy');
  };
  const saveJson = () => {
    const name = savedName(photo.name, result.task, 'json');
    saveFile(new Blob([json()], { type: 'application/json' }), name);
    announcements.show(`${name} saved`);
  };
  const savePicture = async () => {
    try {
      const picture = await annotatedPicture(photo.file, result, store.settings.value.opacity);
      const name = savedName(photo.name, result.task, 'png');
      saveFile(picture, name);
      announcements.show(`${name} saved`);
    } catch (error) {
      announcements.show(`The picture cannot be saved: ${error instanceof Error ? error.message : error}`);
    }
  };
  const hidden = photo.picture.value.kind === 'unknown' ? 'This browser cannot show the photo' : undefined;
  return (
    <section class="section section--export" aria-label="Copy and save">
      <div class="buttons">
        {result.task !== 'classify' && (
          <Button icon="picture" look="primary" unavailable={hidden} onClick={savePicture}>
            Save picture
          </Button>
        )}
        <Button icon="copy" onClick={copy}>
          Copy JSON
        </Button>
        <Button icon="save" onClick={saveJson}>
          Save JSON
        </Button>
      </div>
    </section>
  );
}
