// Packs the package, lets publint, are-the-types-wrong and our own rules judge the tarball, installs it as different people would, and uses it there
// as a stranger would: require, import, types, the command line, the server, conversion from every format, worker threads, leaving in the middle
// of a run.
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { bin, finish, root, run, test as testIn } from './package/harness.mjs';
import { newUser } from './package/new-user.mjs';
import { checkDependencies, checkRules, checkTarball } from './package/tarball-rules.mjs';
import { packPrebuilt, packSources } from './package/tarballs.mjs';

const photo = path.join(root, 'photos', 'chelsea.png');
const folder = mkdtempSync(path.join(os.tmpdir(), 'mobilenet-package-'));
const project = path.join(folder, 'project');

const test = (title, command, args, options = {}) => testIn(title, command, args, { cwd: project, ...options });

function use(title, script, args = [], options = {}) {
  test(title, process.execPath, [script, photo, ...args], options);
}

const aCat = ({ status, stdout }) => status === 0 && /\bcat\b/.test(stdout);

/** Converts a small model of every format with the installed command line, and classifies with the results. */
function convertEveryFormat() {
  const script = path.join(root, 'scripts', 'run-ts.mjs');
  const sources = path.join(folder, 'sources');
  const { status, stdout, stderr } = run(
    process.execPath,
    [script, path.join(root, 'scripts', 'tiny-sources.ts'), sources],
    root,
  );
  const models =
    status === 0
      ? stdout
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line))
      : [];
  test('a small model of every format is written', process.execPath, ['--version'], {
    accept: () => models.length >= 8 || console.log(stderr),
  });
  for (const { format, source, flags } of models) {
    const out = `${format}.safetensors`;
    const checked = ({ status, stdout }) =>
      status === 0 && JSON.parse(stdout).format === format && JSON.parse(stdout).check.comparison.compared === true;
    test(`npx mobilenet convert: ${format}`, 'npx', ['mobilenet', 'convert', source, out, ...flags, '--json'], {
      accept: (result) => checked(result) && existsSync(path.join(project, out)),
    });
  }
  test('classify with a converted model', 'npx', ['mobilenet', 'classify', photo, '--model', './keras-h5.safetensors'], {
    accept: ({ status, stdout }) => status === 0 && /\bclass \d\b/.test(stdout),
  });
  const [keras] = models.filter(({ format }) => format === 'keras');
  use('convertModel and Classifier', 'convert.cjs', [keras?.source ?? ''], {
    accept: ({ status, stdout }) => status === 0 && /^class \d$/m.test(stdout),
  });
}

/** Makes an empty project in a folder of that name, and installs a tarball there. */
function install(title, name, tarball, options = {}) {
  const cwd = path.join(folder, name);
  mkdirSync(cwd);
  writeFileSync(path.join(cwd, 'package.json'), JSON.stringify({ name: 'project', private: true }));
  const { flags = [], ...rest } = options;
  const args = ['install', '--no-audit', '--no-fund', '--prefer-offline', '--foreground-scripts', ...flags, tarball];
  return test(title, 'npm', args, { cwd, ...rest }) ? cwd : undefined;
}

const packageIn = (cwd) => path.join(cwd, 'node_modules', 'mobilenet-metal');

/** Installs where no binary fits, in a folder whose name has spaces and letters of other scripts; gives the binary that comes of it. */
function buildFromSources({ tarball }) {
  const compiled = (result) => result.status === 0 && /gyp info ok/.test(result.stdout + result.stderr);
  const options = { accept: compiled, env: { JOBS: 'max' } };
  const cwd = install('npm install compiles where no binary fits', 'Übung mit Leerzeichen 東京', tarball, options);
  if (!cwd) {
    return undefined;
  }
  test('classify with what was compiled', 'npx', ['mobilenet', 'classify', photo], { cwd, accept: aCat });
  return path.join(packageIn(cwd), 'build', 'Release', 'mobilenet.node');
}

/** Installs where scripts are forbidden: the binary that fits is enough, and without one the error says what to do. */
function installWithoutScripts({ tarball }) {
  const cwd = install('npm install --ignore-scripts', 'ohne Skripte', tarball, { flags: ['--ignore-scripts'] });
  if (!cwd) {
    return;
  }
  test('classify after --ignore-scripts', 'npx', ['mobilenet', 'classify', photo], { cwd, accept: aCat });
  const command = path.join(packageIn(cwd), 'dist', 'cli', 'main.js');
  const explains = (words) => (result) =>
    result.status !== 0 && /ERR_NATIVE_LOAD/.test(result.stderr) && words.test(result.stderr);
  test('Node.js that may load no addons', process.execPath, ['--no-addons', command, 'doctor'], {
    cwd,
    accept: explains(/without --no-addons/),
  });
  rmSync(path.join(packageIn(cwd), 'prebuilds'), { recursive: true });
  test('no binary after --ignore-scripts', process.execPath, [command, 'doctor'], {
    cwd,
    accept: explains(/found: nothing.*Installed with --ignore-scripts.*npm rebuild mobilenet-metal/s),
  });
}

function useEverything() {
  for (const file of readdirSync(path.join(root, 'test', 'package'))) {
    copyFileSync(path.join(root, 'test', 'package', file), path.join(project, file));
  }
  const compiler = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', '--types', 'node'];
  const typeRoots = ['--typeRoots', path.join(root, 'node_modules', '@types')];
  test('types', bin('tsc'), [...compiler, ...typeRoots, 'types.mts', 'types.cts']);
  test('npx mobilenet classify', 'npx', ['mobilenet', 'classify', photo], { accept: aCat });
  const drawn = ({ status }) => status === 0 && existsSync(path.join(project, 'pictures', 'chelsea-detections.png'));
  test('npx mobilenet detect --draw', 'npx', ['mobilenet', 'detect', photo, '--draw', 'pictures'], {
    accept: (result) => aCat(result) && drawn(result),
  });
  convertEveryFormat();
  use('four worker threads at once', 'workers.cjs', [], { accept: aCat });
  use('worker threads terminated in the middle of a run', 'workers.cjs', ['terminate'], { accept: aCat });
  use('worker threads terminated while maps are written', 'segment.cjs', [], { accept: aCat });
  use('process.exit in the middle of a run', 'exit.cjs', ['exit'], { accept: ({ status }) => status === 7 });
  use('process.exit while loading', 'exit.cjs', ['load'], { accept: ({ status }) => status === 7 });
  const thrown = ({ status, stderr }) => status === 1 && stderr.includes('in the middle of a run');
  use('uncaught exception in the middle of a run', 'exit.cjs', ['throw'], { accept: thrown });
  use('unhandled rejection in the middle of a run', 'exit.cjs', ['reject'], { accept: thrown });
}

const sources = await packSources(folder);
checkTarball('the tarball holds what it should', sources);
checkRules(sources);
test('publint', bin('publint'), ['run', sources.tarball, '--strict'], { cwd: root });
test('are the types wrong', bin('attw'), [sources.tarball], { cwd: root });
checkDependencies();
const binary = buildFromSources(sources);
if (binary) {
  const prebuilt = packPrebuilt(folder, binary);
  checkTarball('with the binary of this system', prebuilt);
  installWithoutScripts(prebuilt);
  if (await newUser(prebuilt.tarball, project)) {
    useEverything();
  }
}

rmSync(folder, { recursive: true, force: true });
finish();
