import { render } from 'preact';

const root = document.getElementById('page');
if (root) {
  render(<h1>mobilenet-metal</h1>, root);
}
