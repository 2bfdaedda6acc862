import { count } from '../state/words';
import { useStore } from './use-store';

/** How far the runs of all photos are. */
export function Overview() {
  const { photos } = useStore();
  const list = photos.list.value;
  const done = list.filter(({ run }) => run.value.kind === 'done').length;
  const failed = list.filter(({ run }) => run.value.kind === 'failed').length;
  return (
    <section class="section" aria-labelledby="overview">
      <h2 id="overview">All photos</h2>
      <p class="section__note">
        {done + failed < list.length ? `${done + failed} of ${count(list.length, 'photo')} run` : `${count(done, 'photo')} done`}
        {failed > 0 && `, ${failed} failed`}. Choose one to see it large.
      </p>
      {done + failed < list.length && (
        <progress class="overview__progress" aria-label="Photos run" max={list.length} value={done + failed} />
      )}
    </section>
  );
}
