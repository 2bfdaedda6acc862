import type { Store } from '../state/store';
import { Announcer } from './announcer';
import { ConnectionStrip } from './connection-strip';
import { DropTarget } from './drop-target';
import { Header } from './header';
import { ModelStrip } from './model-strip';
import { Panel } from './panel';
import { Stage } from './stage';
import { StoreContext } from './use-store';

export function App({ store }: { store: Store }) {
  const hasInput = store.showsCamera.value || store.photos.list.value.length > 0;
  return (
    <StoreContext.Provider value={store}>
      <Header />
      <main class={`main${hasInput ? ' main--panel' : ''}`}>
        <div class="strips">
          <ConnectionStrip />
          <ModelStrip />
        </div>
        <Stage />
        {hasInput && <Panel />}
      </main>
      <DropTarget />
      <Announcer />
    </StoreContext.Provider>
  );
}
