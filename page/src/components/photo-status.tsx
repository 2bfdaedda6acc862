import { mayPass, titleOf } from '../state/errors';
import type { Photo } from '../state/photo';
import { Button } from './button';
import { Icon } from './icon';
import { useStore } from './use-store';

/** Over a photo: that it is being run, or why it was not. */
export function PhotoStatus({ photo, large }: { photo: Photo; large: boolean }) {
  const { runner } = useStore();
  const run = photo.run.value;
  if (run.kind === 'failed') {
    return large ? (
      <div class="failure">
        <Icon name="warning" />
        <h3>{titleOf(run.error)}</h3>
        <p>{run.error.message}</p>
        {mayPass(run.error) && (
          <Button icon="retry" onClick={() => runner.retry(photo)}>
            Try again
          </Button>
        )}
      </div>
    ) : (
      <span class="status status--failed">{titleOf(run.error)}</span>
    );
  }
  if (run.kind === 'running' || run.kind === 'busy') {
    return (
      <span class={`status status--${run.kind}`}>
        <span class="spinner" aria-hidden="true" />
        {run.kind === 'busy' ? 'Busy: asking again' : 'Running'}
      </span>
    );
  }
  return null;
}
