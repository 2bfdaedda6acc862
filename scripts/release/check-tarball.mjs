// Judges what npm would publish: `node scripts/release/check-tarball.mjs LISTING [--all-platforms]`, LISTING the output of
// `npm pack --json` (with or without --dry-run). Every file has to be of a kind that belongs there, and what the package needs has to be
// in; with --all-platforms the binaries of every platform too.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { isProgram, reportProblems } from './report-problems.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const readJson = (file) => JSON.parse(readFileSync(path.join(root, file), 'utf8'));

export const maximumBytes = 20 * 1024 * 1024;

/** The binaries of a release, as prebuildify --tag-libc names them. */
export const releaseBinaries = [
  'prebuilds/darwin-arm64/mobilenet-metal.node',
  'prebuilds/darwin-x64/mobilenet-metal.node',
  'prebuilds/linux-arm64/mobilenet-metal.glibc.node',
  'prebuilds/linux-x64/mobilenet-metal.glibc.node',
];

const allowed = [
  /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|binding\.gyp)$/,
  /^dist\/(?!page\/)([a-z0-9-]+\/)*[a-z0-9-]+\.(js|d\.ts)$/,
  /^dist\/index\.(mjs|d\.mts)$/,
  /^dist\/convert\/keras\/hdf5-worker\.mjs$/,
  /^dist\/third-party\.md$/,
  /^dist\/page\/(index\.html|licenses\.md|assets\/[\w.-]+\.(js|css|svg|png|woff2|wasm))$/,
  /^models\/(README\.md|registry\.json|[a-z0-9.-]+\.safetensors)$/,
  /^native\/(list-sources\.js|macos\.gypi|sources\.json)$/,
  /^native\/(addon|core|cpu|metal)\/([a-z0-9_]+\/)*[a-z0-9_]+\.(cc|mm|h|metal)$/,
  /^native\/metal\/embed-kernels\.js$/,
  /^photos\/(README\.md|chelsea\.png)$/,
  /^prebuilds\/(darwin|linux)-(arm64|x64)\/mobilenet-metal(\.glibc|\.musl)?\.node$/,
];

/** Never, whatever the patterns above let through: what only those who work on the package have. */
const forbidden =
  /(^|\/)(\.|test|tests|__tests__|fixtures|prototypes?|node_modules|build)(\/|$)|\.(test|spec)\.|\.map$|\.tsbuildinfo$|(^|\/)\./;

function* filesOf(value) {
  if (typeof value === 'string') {
    yield path.posix.normalize(value);
  } else {
    for (const part of Object.values(value ?? {})) {
      yield* filesOf(part);
    }
  }
}

/** What the package cannot do without, besides the binaries. */
function needed() {
  const manifest = readJson('package.json');
  const { flags, kernels, ...sources } = readJson('native/sources.json');
  const compiled = [...Object.values(sources).flat(), ...kernels.flatMap((kernel) => kernel.sources)]
    .filter((file) => typeof file === 'string' && /\.(cc|mm)$/.test(file))
    .map((file) => `native/${file}`);
  const models = readJson('models/registry.json').models.flatMap((model) =>
    model.sources.filter(({ type }) => type === 'bundled').map(({ file }) => `models/${file}`),
  );
  return [
    ...filesOf([manifest.main, manifest.types, manifest.exports, manifest.bin]),
    ...['README.md', 'LICENSE', 'CHANGELOG.md', 'binding.gyp', 'models/README.md', 'models/registry.json', 'photos/chelsea.png'],
    ...['dist/page/index.html', 'dist/page/licenses.md', 'dist/third-party.md'],
    ...models,
    ...compiled,
  ];
}

/** What is wrong with a package of `files` (`{ path, size, mode }`) that is `size` bytes packed. */
export function tarballProblems({ files, size }, { allPlatforms = false } = {}) {
  const paths = new Map(files.map((file) => [file.path, file]));
  const required = [...new Set([...needed(), ...(allPlatforms ? releaseBinaries : [])])];
  const commands = [...filesOf(readJson('package.json').bin)];
  return [
    ...[...paths.keys()].filter((file) => forbidden.test(file)).map((file) => `${file} must not be in the package`),
    ...[...paths.keys()]
      .filter((file) => !forbidden.test(file) && !allowed.some((pattern) => pattern.test(file)))
      .map((file) => `${file} is of no kind that belongs in the package`),
    ...required.filter((file) => !paths.has(file)).map((file) => `${file} is missing`),
    ...files.filter((file) => file.size === 0).map((file) => `${file.path} is empty`),
    ...commands.filter((file) => paths.has(file) && !(paths.get(file).mode & 0o100)).map((file) => `${file} cannot be executed`),
    ...([...paths.keys()].some((file) => /^dist\/page\/assets\/.*\.js$/.test(file)) ? [] : ['dist/page has no script']),
    ...(size > maximumBytes ? [`the package is ${size} bytes, more than ${maximumBytes}`] : []),
  ];
}

if (isProgram(import.meta.url)) {
  const [listing, ...options] = process.argv.slice(2);
  const [pack] = Object.values(JSON.parse(readFileSync(listing, 'utf8')));
  const mebibytes = (pack.size / 1024 / 1024).toFixed(1);
  reportProblems(
    tarballProblems(pack, { allPlatforms: options.includes('--all-platforms') }),
    `${pack.files.length} files, ${mebibytes} MiB packed, ${(pack.unpackedSize / 1024 / 1024).toFixed(1)} MiB unpacked`,
  );
}
