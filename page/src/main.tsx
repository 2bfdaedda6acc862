import { render } from 'preact';
import './styles/index.css';
import { App } from './components/app';
import { createEngine } from './engine/create-engine';
import { Store } from './state/store';

const root = document.getElementById('page');
if (root) {
  const store = new Store(createEngine());
  render(<App store={store} />, root);
  store.connection.connect();
}
