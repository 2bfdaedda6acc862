import { EventEmitter } from 'node:events';
import type { App } from 'electron';
import { denyNavigation } from '../../../examples/electron/src/main/navigation';
import { pageAddress } from '../../../examples/electron/src/main/page-address';

class Contents extends EventEmitter {
  open: ((details: { url: string }) => { action: string }) | undefined;

  setWindowOpenHandler(handler: Contents['open']): void {
    this.open = handler;
  }

  /** Whether the event was prevented. */
  prevents(name: string, details: object): boolean {
    const preventDefault = jest.fn();
    this.emit(name, { ...details, preventDefault });
    return preventDefault.mock.calls.length > 0;
  }
}

function guarded(): Contents {
  const app = new EventEmitter();
  denyNavigation(app as unknown as App);
  const contents = new Contents();
  app.emit('web-contents-created', {}, contents);
  return contents;
}

test.each<[string, boolean, boolean]>([
  [pageAddress, true, false],
  [`${pageAddress}#photos`, true, false],
  [pageAddress, false, true],
  ['app://mobilenet/other.html', true, true],
  ['app://other/index.html', true, true],
  ['https://example.com/', true, true],
  ['file:///photo.png', true, true],
  ['javascript:alert(1)', true, true],
])('navigation to %s (main frame: %s) is prevented: %s', (url, isMainFrame, prevented) => {
  expect(guarded().prevents('will-frame-navigate', { url, isMainFrame })).toBe(prevented);
});

test('redirects, <webview> and windows are denied', () => {
  const contents = guarded();
  expect(contents.prevents('will-redirect', { url: pageAddress })).toBe(true);
  expect(contents.prevents('will-attach-webview', {})).toBe(true);
  expect(contents.open?.({ url: pageAddress })).toEqual({ action: 'deny' });
});
