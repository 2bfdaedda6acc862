// What is published: the rules of scripts/release on this package, and on what they have to refuse.
import path from 'node:path';
import { maximumBytes, tarballProblems } from '../release/check-tarball.mjs';
import { judge, root, run, skip, test } from './harness.mjs';
import { readListing } from './tarballs.mjs';

const script = (name) => path.join(root, 'scripts', 'release', name);

/** Judges a tarball, and prints its size. */
export function checkTarball(title, { listing }) {
  const { size, unpackedSize, files } = readListing(listing);
  const mebibytes = (bytes) => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
  const what = `${files.length} files, ${mebibytes(size)} packed, ${mebibytes(unpackedSize)} unpacked`;
  test(`${title}: ${what}`, process.execPath, [script('check-tarball.mjs'), listing], { cwd: root });
}

/** Sees to it that the rules refuse what they are there for. */
export function checkRules({ listing }) {
  const pack = readListing(listing);
  const file = (name, more = {}) => ({ path: name, size: 1, mode: 0o644, ...more });
  const refuses = (what, changed, problem, options) => {
    const problems = tarballProblems({ ...pack, ...changed }, options);
    judge(
      `the rules refuse ${what}`,
      problems.length === 1 && problems[0].includes(problem),
      problems.join('\n') || 'nothing refused',
    );
  };
  const strangers = [
    'test/index.test.ts',
    'dist/index.js.map',
    'dist/tsconfig.build.tsbuildinfo',
    'native/test/main.cc',
    'lib/index.ts',
  ];
  strangers.push(
    'native/CMakeLists.txt',
    'photos/coffee.png',
    'page/prototypes/a.html',
    'dist/.cache',
    'node_modules/a/index.js',
    '.npmrc',
  );
  strangers.push('prebuilds/win32-x64/mobilenet-metal.node');
  for (const stranger of strangers) {
    refuses(stranger, { files: [...pack.files, file(stranger)] }, stranger);
  }
  for (const missing of ['dist/index.js', 'dist/index.d.mts', 'dist/page/licenses.md', 'native/core/session.cc', 'LICENSE']) {
    refuses(
      `a package without ${missing}`,
      { files: pack.files.filter((each) => each.path !== missing) },
      `${missing} is missing`,
    );
  }
  const without = pack.files.filter((each) => !/\.safetensors$/.test(each.path));
  judge('the rules refuse a package without its models', tarballProblems({ ...pack, files: without }).length === 3);
  const main = 'dist/cli/main.js';
  const other = pack.files.filter((each) => each.path !== main);
  refuses('a command that cannot be executed', { files: [...other, file(main)] }, 'cannot be executed');
  refuses('an empty file', { files: [...other, file(main, { size: 0, mode: 0o755 })] }, `${main} is empty`);
  refuses('a package of more than 20 MiB', { size: maximumBytes + 1 }, 'bytes, more than');
  judge(
    'the rules refuse a release without the binaries of all platforms',
    tarballProblems(pack, { allPlatforms: true }).filter((problem) => /^prebuilds\/.* is missing$/.test(problem)).length === 4,
  );
}

const noAnswer =
  /^npm (?:error|warn) .*(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|endpoint returned an error|\b405\b).*$/m;

/** Asks the registry something about what is installed; skipped where it does not answer. */
function ask(title, args, judgement) {
  const { status, stdout, stderr } = run('npm', args, root, { npm_config_fetch_retries: '0', npm_config_fetch_timeout: '20000' });
  const [failure] = status === 0 ? [] : (stderr.match(noAnswer) ?? []);
  if (failure) {
    skip(title, `the registry does not answer (${failure.replace(/https?:\/\/\S+/g, '…')})`);
  } else {
    judgement(status, `${stdout}\n${stderr}`);
  }
}

/** Licences, engines, workflows; what the registry knows of the dependencies. */
export function checkDependencies() {
  const page = path.join(root, 'dist', 'page', 'licenses.md');
  test('licences', process.execPath, [script('check-licences.mjs'), 'package-lock.json', page], { cwd: root });
  test('engines', process.execPath, [script('check-engines.mjs'), 'package-lock.json'], { cwd: root });
  test('workflows', process.execPath, [script('lint-workflows.mjs')], { cwd: root });
  // A report: what becomes known of a dependency today is no fault of the change that is tested.
  ask('npm audit', ['audit', '--omit=dev'], (_, report) => console.log(`npm audit --omit=dev: ${report}`));
  ask('npm audit signatures', ['audit', 'signatures'], (status, report) => judge('npm audit signatures', status === 0, report));
}
