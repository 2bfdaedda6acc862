import { asApiResult } from '../state/shown-result';
import { Button } from './button';
import { saveFile } from './save-file';
import { useStore } from './use-store';

/** Saves what was found on all photos, one line each, as `mobilenet … --json` prints it. */
export function ExportAll() {
  const store = useStore();
  const lines = store.photos.list.value.flatMap((photo) => {
    const run = photo.run.value;
    const result = store.resultOf(photo);
    if (run.kind === 'failed') {
      return [{ image: photo.name, error: { code: run.error.code, message: run.error.message } }];
    }
    return result ? [{ image: photo.name, ...asApiResult(result) }] : [];
  });
  if (lines.length === 0) {
    return null;
  }
  const save = () => {
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    saveFile(new Blob([text], { type: 'application/x-ndjson' }), `${store.settings.value.task}.jsonl`);
  };
  return (
    <section class="section section--export" aria-label="Save">
      <Button icon="save" onClick={save}>
        Save all as JSON lines
      </Button>
    </section>
  );
}
