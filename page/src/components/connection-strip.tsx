import { Button } from './button';
import { Strip } from './strip';
import { useStore } from './use-store';

export function ConnectionStrip() {
  const { connection } = useStore();
  const state = connection.state.value;
  if (state.kind !== 'gone') {
    return null;
  }
  const electron = connection.info.value?.home === 'electron';
  return (
    <Strip kind="warning">
      <p>
        <strong>{electron ? 'The networks’ process does not answer.' : 'The server does not answer.'}</strong> The page goes on by
        itself once it is back. <span class="strip__detail">{state.error.message}</span>
      </p>
      <Button icon="retry" look="plain" onClick={() => connection.connect()}>
        Try now
      </Button>
    </Strip>
  );
}
