// Checks the licences of everything that is installed with the package, on any system, and of what the page is bundled with:
// `node scripts/release/check-licences.mjs [LOCKFILE] [PAGE_LICENCES]`.
import { readFileSync } from 'node:fs';
import satisfies from 'spdx-satisfies';
import { isProgram, reportProblems } from './report-problems.mjs';

/** Ask for no more than that their text is kept. */
const permissive = [
  'MIT',
  'ISC',
  '0BSD',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'Unlicense',
  'Python-2.0',
];

/** Others, of some packages, and why that is right. */
const exceptions = [
  // Shared libraries of their own that whoever installs them can replace; sharp is published with them in this way.
  { name: /^@img\/sharp-/, licences: ['LGPL-3.0-or-later'] },
  // Fonts, unchanged: Bitstream Vera's licence, which the package declares as the OFL.
  { name: /^@fontsource\/dejavu-sans$/, licences: ['OFL-1.1', 'Bitstream-Vera'] },
  // A list of names, unchanged, which says whose it is.
  { name: /^spdx-exceptions$/, licences: ['CC-BY-3.0'] },
];

/** Licences that are no SPDX expression, read by a person. */
const read = new Map([
  // Of the NIST (public domain in the United States, else as one likes with the notice) and of HDF5 (in the manner of BSD-3-Clause).
  ['h5wasm', 'SEE LICENSE IN LICENSE.txt'],
]);

function isAllowed(name, licence) {
  if (read.get(name) === licence) {
    return true;
  }
  const more = exceptions.filter((exception) => exception.name.test(name)).flatMap(({ licences }) => licences);
  const conjunction = [...permissive, ...more];
  try {
    return satisfies(licence, conjunction);
  } catch {
    return false;
  }
}

/** `{ name, version, licence }` of all packages in a lockfile that are not for development only. */
export function installedPackages(lockfile) {
  return Object.entries(lockfile.packages)
    .filter(([folder, { dev, link }]) => folder !== '' && !dev && !link)
    .map(([folder, { name, version, license }]) => ({
      name: name ?? folder.split('node_modules/').at(-1),
      version,
      licence: license,
    }));
}

/** The same, of Vite's list of what is bundled. */
export function bundledPackages(markdown) {
  return [...markdown.matchAll(/^## (\S+) - (\S+) \((.*)\)$/gm)].map(([, name, version, licence]) => ({
    name,
    version,
    licence,
  }));
}

/** A line for each package whose licence is not among those that we take. */
export function licenceProblems(packages) {
  return packages
    .filter(({ name, licence }) => !isAllowed(name, licence ?? ''))
    .map(({ name, version, licence }) => `${name}@${version}: licence ${licence ?? 'not declared'}`);
}

if (isProgram(import.meta.url)) {
  const [lockfile = 'package-lock.json', page] = process.argv.slice(2);
  const installed = installedPackages(JSON.parse(readFileSync(lockfile, 'utf8')));
  const bundled = page ? bundledPackages(readFileSync(page, 'utf8')) : [];
  const none = [
    ...(installed.length === 0 ? [`${lockfile} names no packages`] : []),
    ...(page && bundled.length === 0 ? [`${page} names no packages`] : []),
  ];
  reportProblems(
    [...none, ...licenceProblems([...installed, ...bundled])],
    `${installed.length} packages installed and ${bundled.length} bundled with the page: licences allowed`,
  );
}
