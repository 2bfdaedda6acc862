// Installs the package with other package managers, as each has it by default, and classifies with it: with the binary of this system, and without,
// where the install script has to find node-gyp. `node scripts/package-managers.mjs`, after `npm run prebuildify -- --tag-libc`. It
// downloads them, and is not among the tests.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { finish, judge, root, run } from './package/harness.mjs';
import { packPrebuilt, packSources, prebuildOfThisSystem } from './package/tarballs.mjs';

const photo = path.join(root, 'photos', 'chelsea.png');
const folder = mkdtempSync(path.join(os.tmpdir(), 'mobilenet-managers-'));
const tools = path.join(folder, 'tools');

const npx = (tool, ...args) => ['npx', ['--yes', tool, ...args]];
const modules = (...args) => ['node', [path.join('node_modules', 'mobilenet-metal', 'dist', 'cli', 'main.js'), ...args]];
const yarn = (...args) => ['node', [path.join(tools, 'node_modules', '@yarnpkg', 'cli-dist', 'bin', 'yarn.js'), ...args]];
const yarnSettings = (linker) => `nodeLinker: ${linker}\nenableTelemetry: false\nenableScripts: true\nenableInlineBuilds: true\n`;

const managers = [
  { title: 'npm@10', install: (tarball) => npx('npm@10', 'install', '--foreground-scripts', tarball), mobilenet: modules },
  {
    // Runs no install scripts unless they are approved.
    title: 'npm@latest',
    install: (tarball) => npx('npm@latest', 'install', tarball),
    installWithScripts: (tarball) =>
      npx('npm@latest', 'install', '--dangerously-allow-all-scripts', '--foreground-scripts', tarball),
    mobilenet: modules,
  },
  ...['pnpm@10', 'pnpm@latest'].map((tool) => ({
    title: tool,
    files: { 'pnpm-workspace.yaml': 'dangerouslyAllowAllBuilds: true\n' },
    install: (tarball) => npx(tool, 'add', '--reporter=append-only', tarball),
    mobilenet: modules,
  })),
  {
    // Refuses packages that say they need a newer Node.js, which npm and pnpm only warn of.
    title: 'yarn@1 --ignore-engines',
    install: (tarball) => npx('yarn@1', 'add', '--ignore-engines', `file:${tarball}`),
    mobilenet: modules,
  },
  ...['node-modules', 'pnp'].map((linker) => ({
    title: `yarn, ${linker}`,
    files: { 'yarn.lock': '', '.yarnrc.yml': yarnSettings(linker) },
    install: (tarball) => yarn('add', `mobilenet-metal@file:${tarball}`),
    mobilenet: (...args) => yarn('run', 'mobilenet', ...args),
  })),
];

/** Installs in a new folder, and runs a command of the package there. `accept` is told whether node-gyp ran, and what the command did. */
function tryManager({ title, files = {}, mobilenet }, install, { args, env, accept, what }) {
  const cwd = mkdtempSync(path.join(folder, 'project-'));
  for (const [name, text] of Object.entries({ 'package.json': '{"name":"project","private":true}', ...files })) {
    writeFileSync(path.join(cwd, name), text);
  }
  const installed = run(...install, cwd, env);
  const used = run(...mobilenet(...args), cwd);
  const said = installed.stdout + installed.stderr;
  // Yarn 1 does not show what scripts say.
  const built = /gyp info ok/.test(said) || existsSync(path.join(cwd, 'node_modules', 'mobilenet-metal', 'build', 'Makefile'));
  const details = `status ${installed.status}\n${said.slice(-3000)}\nstatus ${used.status}\n${used.stdout}\n${used.stderr}`;
  judge(`${title}: ${what}`, installed.status === 0 && used.status === 0 && accept(built, used.stdout), details);
  rmSync(cwd, { recursive: true, force: true });
}

mkdirSync(tools);
run('npm', ['install', '--prefix', tools, '@yarnpkg/cli-dist'], tools);
const binary = path.join(root, prebuildOfThisSystem());
if (!existsSync(binary)) {
  console.error(`${prebuildOfThisSystem()} is missing: run npm run prebuildify -- --tag-libc`);
  process.exit(2);
}
const sources = await packSources(folder);
for (const manager of managers) {
  tryManager(manager, (manager.installWithScripts ?? manager.install)(sources.tarball), {
    what: 'finds node-gyp where no binary fits',
    // In the place of make: that it is reached is enough.
    env: { MAKE: '/bin/true' },
    args: ['--version'],
    accept: (built) => built,
  });
}
const prebuilt = packPrebuilt(folder, binary);
for (const manager of managers) {
  tryManager(manager, manager.install(prebuilt.tarball), {
    what: 'compiles nothing where one does',
    args: ['classify', photo, '--top', '1'],
    accept: (built, said) => !built && /\bcat\b/.test(said),
  });
}
rmSync(folder, { recursive: true, force: true });
finish();
