import { titleOf } from '../state/errors';
import { bytes } from '../state/words';
import { Button } from './button';
import { copyText } from './copy-text';
import { Strip } from './strip';
import { useStore } from './use-store';

/** Says what keeps the chosen model from running. */
export function ModelStrip() {
  const { loader, settings } = useStore();
  const state = loader.state.value;
  switch (state.kind) {
    case 'loading':
      return <Loading name={state.choice.model} progress={state.progress} />;
    case 'not-pulled':
      return <NotPulled name={state.model.name} />;
    case 'no-model':
      return (
        <Strip kind="warning">
          <p>
            <strong>There is no model</strong> that can {settings.value.task}.
          </p>
        </Strip>
      );
    case 'failed':
      return state.error.code === 'ERR_SERVER_GONE' ? null : (
        <Strip kind="warning">
          <p>
            <strong>
              {state.choice.model}: {titleOf(state.error)}.
            </strong>{' '}
            {state.error.message}
          </p>
          <Button icon="retry" onClick={() => loader.retry()}>
            Try again
          </Button>
        </Strip>
      );
    default:
      return null;
  }
}

function Loading({ name, progress }: { name: string; progress?: { loadedBytes: number; totalBytes: number } }) {
  const share = progress && progress.totalBytes > 0 ? progress.loadedBytes / progress.totalBytes : undefined;
  return (
    <div class="strip strip--loading">
      <div class="strip__content">
        <label class="loading">
          <span class="loading__name">
            Loading {name}
            {progress && (
              <small>
                {bytes(progress.loadedBytes)} of {bytes(progress.totalBytes)}
              </small>
            )}
          </span>
          <progress max={1} value={share} />
        </label>
      </div>
    </div>
  );
}

function NotPulled({ name }: { name: string }) {
  const { announcements, connection } = useStore();
  const command = `mobilenet models pull ${name}`;
  return (
    <Strip kind="info">
      <p>
        <strong>{name} is not here yet.</strong> This brings it:
      </p>
      <code class="command">{command}</code>
      <Button
        icon="copy"
        onClick={async () =>
          announcements.show((await copyText(command)) ? 'Command copied' : 'The browser does not let pages copy')
        }
      >
        Copy
      </Button>
      <Button icon="retry" onClick={() => connection.refreshModels()}>
        Look again
      </Button>
    </Strip>
  );
}
