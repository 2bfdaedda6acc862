import type { FoundBinary, Situation } from './observe';

/** Why it failed: what was thrown. */
export interface Reason {
  code: string;
  message: string;
}

const supported = ['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64'];

const numbers = (version: string) => (version.match(/\d+/g) ?? []).map(Number);

/** Whether `version` comes before the first version in `range`, such as `>=20.17`. */
function isOlder(version: string, range: string): boolean {
  const [found, least] = [numbers(version), numbers(range)];
  const at = least.findIndex((part, i) => part !== (found[i] ?? 0));
  return at >= 0 && (found[at] ?? 0) < (least[at] ?? 0);
}

const isMusl = ({ libc }: Situation) => libc?.startsWith('musl') ?? false;
const chosenBinary = ({ chosen, found }: Situation) =>
  chosen === undefined ? undefined : found.find(({ file }) => chosen.replaceAll('\\', '/').endsWith(`/${file}`));

function tools(situation: Situation): string {
  if (situation.platform === 'darwin') {
    return 'xcode-select --install';
  }
  return isMusl(situation) ? 'apk add g++ make python3' : 'apt install g++ make python3';
}

function build(situation: Situation): string[] {
  return [
    '    npm rebuild mobilenet-metal',
    `  which needs a C++20 compiler, make, python3 and the headers of Node.js (${tools(situation)})`,
  ];
}

function upgradeNode({ node, requiredNode }: Situation): string[] {
  return requiredNode && isOlder(node, requiredNode)
    ? ['- Upgrade Node.js:', `    found ${node}`, `    required ${requiredNode}`]
    : [];
}

function allowAddons(_: Situation, { code }: Reason): string[] {
  return code === 'ERR_DLOPEN_DISABLED' ? ['- Run Node.js without --no-addons; with --permission, add --allow-addons.'] : [];
}

function keepOutOfBundle({ requiredNode }: Situation): string[] {
  return requiredNode === undefined
    ? [
        '- Leave mobilenet-metal out of the bundle: its code runs outside of its package, away from its binary.',
        '    webpack: externals; Vite, Rollup and esbuild: external; Next.js: serverExternalPackages',
      ]
    : [];
}

function unpackFromAsar({ electron, folder }: Situation): string[] {
  return electron && /\.asar([\\/]|$)/.test(folder)
    ? [
        '- Keep the package out of the asar archive; in electron-builder:',
        '    "asarUnpack": ["node_modules/mobilenet-metal/**", "node_modules/{sharp,@img}/**"]',
      ]
    : [];
}

function supportedSystems({ platform, arch }: Situation): string[] {
  if (supported.includes(`${platform}-${arch}`)) {
    return [];
  }
  const wsl = platform === 'win32' ? ' On Windows, use WSL 2.' : '';
  return [`- Use a supported system: ${supported.join(', ')}.${wsl}`];
}

/** The binary that was chosen or, where none was, all that are there, if each of them is for another system. */
function ofAnotherPlatform(situation: Situation): FoundBinary[] {
  const chosen = chosenBinary(situation);
  const candidates = chosen ? [chosen] : situation.found;
  return candidates.every(({ target }) => target && target.platform !== situation.platform) ? candidates : [];
}

function installHere(situation: Situation): string[] {
  const [other] = ofAnotherPlatform(situation);
  return other
    ? [
        `- Install on this system: node_modules comes from ${other.target?.platform}. Copied into a container? Add node_modules to`,
        '  .dockerignore, and run in the container:',
        '    npm ci',
      ]
    : [];
}

function installAgain(situation: Situation): string[] {
  const chosen = chosenBinary(situation);
  return chosen && !chosen.target
    ? [
        `- Install again: ${chosen.file} is no binary (cut off, or replaced by something else).`,
        '    npm install --force mobilenet-metal',
      ]
    : [];
}

function matchArchitecture(situation: Situation): string[] {
  const { arch, platform, cpuModel } = situation;
  const target = chosenBinary(situation)?.target;
  if (target?.platform !== platform || target.architectures.includes(arch)) {
    return [];
  }
  const built = target.architectures.join(' and ');
  const rosetta = platform === 'darwin' && arch === 'x64' && cpuModel.includes('Apple');
  return rosetta
    ? [
        `- Use a Node.js for arm64: this one is for x64 and runs under Rosetta, the binary is for ${built}. Or install again with it:`,
        '    rm -rf node_modules && npm ci',
      ]
    : [
        `- Install with the Node.js that runs it: this one is for ${arch}, the binary is for ${built}.`,
        '    rm -rf node_modules && npm ci',
      ];
}

function buildForMusl(situation: Situation): string[] {
  return isMusl(situation)
    ? ['- Build it here: the binaries that come with the package need glibc, and this system has musl.', ...build(situation)]
    : [];
}

function newerLibraries(situation: Situation, { message }: Reason): string[] {
  const needed = message.match(/\b(?:GLIBC|GLIBCXX|CXXABI)_[\d.]*\d/)?.[0];
  return needed && !isMusl(situation)
    ? [
        `- Update the system: the binary needs ${needed}, and this system has ${situation.libc}. Or build it here:`,
        ...build(situation),
      ]
    : [];
}

function buildMissing(situation: Situation): string[] {
  return situation.chosen === undefined
    ? [
        '- Installed with --ignore-scripts, or with a package manager that asks before it runs them? Allow the install script of',
        '  mobilenet-metal (npm install-scripts approve mobilenet-metal, pnpm approve-builds). It builds what is missing, as does',
        ...build(situation),
      ]
    : [];
}

const causes = [
  allowAddons,
  keepOutOfBundle,
  unpackFromAsar,
  supportedSystems,
  installAgain,
  installHere,
  matchArchitecture,
  newerLibraries,
  buildForMusl,
  buildMissing,
];

/** What to do about it, in lines: what fits the situation, or building anew where nothing does. Never empty. */
export function advice(situation: Situation, reason: Reason): string[] {
  const specific = causes.map((cause) => cause(situation, reason)).find((lines) => lines.length > 0);
  return [...upgradeNode(situation), ...(specific ?? ['- Build it anew:', ...build(situation)])];
}
