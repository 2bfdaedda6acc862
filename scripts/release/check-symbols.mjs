// Checks on which Linux systems a binary can be loaded, by the versions of libraries that it asks for:
// `node scripts/release/check-symbols.mjs FILE`, with objdump (binutils).
import { execFileSync } from 'node:child_process';
import { isProgram, reportProblems } from './report-problems.mjs';

/** The glibc of RHEL 9 and Amazon Linux 2023; those of Debian 12 and Ubuntu 22.04 are newer. */
export const oldestGlibc = [2, 34];
/** C++'s library differs from system to system more than C's: the binary brings its own. The rest is older than any system. */
const others = ['GCC'];

const isNewer = ([major, minor], [oldMajor, oldMinor]) => major > oldMajor || (major === oldMajor && minor > oldMinor);

/** A line for each version that is too new or of no library that is expected, of what `objdump -p` prints. */
export function symbolProblems(headers) {
  const wanted = [...headers.matchAll(/^\s+0x[0-9a-f]+ 0x[0-9a-f]+ \d+ ([A-Za-z]+)_(\d+)\.(\d+)/gm)];
  if (wanted.length === 0) {
    return ['no versions of libraries found: is this a binary for Linux?'];
  }
  return wanted
    .filter(([, library, ...version]) =>
      library === 'GLIBC' ? isNewer(version.map(Number), oldestGlibc) : !others.includes(library),
    )
    .map(([, library, major, minor]) => `it asks for ${library}_${major}.${minor}`);
}

if (isProgram(import.meta.url)) {
  const [file] = process.argv.slice(2);
  const headers = execFileSync('objdump', ['-p', file], { encoding: 'utf8' });
  reportProblems(symbolProblems(headers), `${file} can be loaded with glibc ${oldestGlibc.join('.')} or later`);
}
