import type { App, WebContents } from 'electron';
import { pageAddress } from './page-address';

function withoutFragment(address: string): string {
  return address.replace(/#.*$/s, '');
}

/** No window shows anything but our page, nor opens another: navigation, redirects, `window.open` and <webview> are denied. Reloads are not. */
export function denyNavigation(app: App): void {
  app.on('web-contents-created', (_, contents) => guard(contents));
}

function guard(contents: WebContents): void {
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.on('will-frame-navigate', (event) => {
    if (!event.isMainFrame || withoutFragment(event.url) !== pageAddress) {
      event.preventDefault();
    }
  });
  contents.on('will-redirect', (event) => event.preventDefault());
}
