import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome'];

/** The browser to test with: `MOBILENET_METAL_CHROMIUM`, or one in the PATH; undefined where there is none. */
export function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const candidates = [
    process.env.MOBILENET_METAL_CHROMIUM,
    ...names.flatMap((name) => folders.map((folder) => path.join(folder, name))),
  ];
  return candidates.find((candidate) => candidate && isExecutable(candidate));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What stands in for a camera: Motion JPEG in a file, or nothing. Pages must be allowed to use it. */
export type FakeCamera = { file: string } | 'none';

export function launchChromium(executablePath: string, camera: FakeCamera = 'none'): Promise<Browser> {
  const root = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const device =
    camera === 'none' ? [] : ['--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${camera.file}`];
  return chromium.launch({ executablePath, args: [...root, ...device] });
}
