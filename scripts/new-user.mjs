// Times a new user's way with a tarball that holds a binary for this system: `node scripts/new-user.mjs TARBALL`.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { finish } from './package/harness.mjs';
import { newUser } from './package/new-user.mjs';

const [tarball] = process.argv.slice(2);
if (!tarball) {
  console.error('usage: node scripts/new-user.mjs TARBALL');
  process.exit(2);
}
const folder = mkdtempSync(path.join(os.tmpdir(), 'mobilenet-new-user-'));
await newUser(path.resolve(tarball), path.join(folder, 'project'));
rmSync(folder, { recursive: true, force: true });
finish();
