// Checks that whatever is installed with the package runs on the oldest Node.js that package.json names, as far as it says:
// `node scripts/release/check-engines.mjs [LOCKFILE]`.
import { readFileSync } from 'node:fs';
import semver from 'semver';
import { isProgram, reportProblems } from './report-problems.mjs';

/** Say that they need a newer one: cookie, of what tests a Fastify server without a network, which a server that runs never loads. */
const known = ['cookie'];

/** A line for each package that needs a newer Node.js than the first in `range`, and for each known one that does no longer. */
export function engineProblems(lockfile, range) {
  const oldest = semver.minVersion(range).version;
  const refusing = Object.entries(lockfile.packages)
    .filter(
      ([folder, { dev, optional, engines }]) =>
        folder !== '' && !dev && !optional && engines?.node && !semver.satisfies(oldest, engines.node),
    )
    .map(([folder, { version, engines }]) => ({ name: folder.split('node_modules/').at(-1), version, node: engines.node }));
  const names = refusing.map(({ name }) => name);
  return [
    ...refusing
      .filter(({ name }) => !known.includes(name))
      .map(({ name, version, node }) => `${name}@${version} needs Node.js ${node}, not ${oldest}`),
    ...known
      .filter((name) => !names.includes(name))
      .map((name) => `${name} runs on Node.js ${oldest} by now: strike it from the list of known ones`),
  ];
}

if (isProgram(import.meta.url)) {
  const [file = 'package-lock.json'] = process.argv.slice(2);
  const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const lockfile = JSON.parse(readFileSync(file, 'utf8'));
  reportProblems(
    engineProblems(lockfile, engines.node),
    `all run on Node.js ${engines.node}, though ${known.join(', ')} says otherwise`,
  );
}
