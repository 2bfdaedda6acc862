/*
 * After packing: are the addons there, outside of the archive, and of the right processor? An app without them would start, and fail at the
 * first picture.
 */
const { readdirSync, readFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const path = require('node:path');
const { Arch } = require('electron-builder');

const namesIn = (folder) => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};
const endingWith = (folder, pattern) =>
  namesIn(folder)
    .filter((name) => pattern.test(name))
    .map((name) => path.join(folder, name));

/** What processors a shared library is for: ELF, Mach-O, or a Mach-O file for several. */
function processors(file) {
  const bytes = readFileSync(file);
  const magic = bytes.readUInt32BE(0);
  if (magic === 0x7f454c46) {
    return [{ 62: 'x64', 183: 'arm64' }[bytes.readUInt16LE(18)]];
  }
  const machO = { 16777223: 'x64', 16777228: 'arm64' };
  if (magic === 0xcffaedfe) {
    return [machO[bytes.readUInt32LE(4)]];
  }
  if (magic === 0xcafebabe) {
    const count = bytes.readUInt32BE(4);
    return Array.from({ length: count }, (_, i) => machO[bytes.readUInt32BE(8 + 20 * i)]);
  }
  return [];
}

/** The file that node-gyp-build would load. */
function findAddon(folder, target) {
  const built = endingWith(path.join(folder, 'build', 'Release'), /\.node$/);
  return built[0] ?? endingWith(path.join(folder, 'prebuilds', target), /\.node$/)[0];
}

/** How sharp's binaries for another processor come beside those for this one: what npm is told by `--cpu` it installs in their place. */
function installSharp(target) {
  const sharp = path.dirname(path.dirname(createRequire(require.resolve('mobilenet-metal/package.json')).resolve('sharp')));
  const { optionalDependencies } = JSON.parse(readFileSync(path.join(sharp, 'package.json'), 'utf8'));
  const packages = [`@img/sharp-${target}`, `@img/sharp-libvips-${target}`].map(
    (name) => `${name}@${optionalDependencies[name]}`,
  );
  return `run npm install --no-save --force ${packages.join(' ')} where sharp is installed`;
}

function check(what, file, arch, advice) {
  if (!file || !processors(file).includes(arch)) {
    const found = file ? `'${file}' is for ${processors(file).join(', ') || 'something else'}` : 'there is none';
    throw new Error(`expected ${what} for ${arch} outside of app.asar but ${found}: ${advice}`);
  }
}

/** @type {import('electron-builder').AfterPackContext => Promise<void>} */
module.exports = async ({ appOutDir, electronPlatformName: platform, arch: wanted, packager }) => {
  const modules = path.join(packager.getResourcesDir(appOutDir), 'app.asar.unpacked', 'node_modules');
  const arches = Arch[wanted] === 'universal' ? ['x64', 'arm64'] : [Arch[wanted]];
  for (const arch of arches) {
    const target = `${platform}-${arch}`;
    const ours = findAddon(path.join(modules, 'mobilenet-metal'), target);
    check("mobilenet-metal's addon", ours, arch, `put it into prebuilds/${target}, or build on such a machine`);
    const images = path.join(modules, '@img');
    check("sharp's addon", endingWith(path.join(images, `sharp-${target}`, 'lib'), /\.node$/)[0], arch, installSharp(target));
    const libvips = endingWith(path.join(images, `sharp-libvips-${target}`, 'lib'), /^libvips-cpp\./)[0];
    check("sharp's libvips", libvips, arch, installSharp(target));
  }
};
