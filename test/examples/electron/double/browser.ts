import { existsSync } from 'node:fs';

/** Debian's browser; undefined where there is none. */
export const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((file) => existsSync(file));

/** With a camera that Chromium makes up. */
export const browserArguments = [
  '--no-sandbox',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--disable-gpu',
];
