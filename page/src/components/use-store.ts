import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Store } from '../state/store';

export const StoreContext = createContext<Store | undefined>(undefined);

/** The page's state, for any component in it. */
export function useStore(): Store {
  const store = useContext(StoreContext);
  if (!store) {
    throw new Error('expected a StoreContext around this component');
  }
  return store;
}
