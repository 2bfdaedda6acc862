import { useStore } from './use-store';

/** What screen readers read out, and messages that pass by. */
export function Announcer() {
  const { announcements } = useStore();
  return (
    <>
      <div class="unseen" role="status" aria-live="polite" data-testid="spoken">
        {announcements.spoken.value}
      </div>
      <div class="notice" aria-hidden="true">
        {announcements.notice.value && <span>{announcements.notice.value}</span>}
      </div>
    </>
  );
}
