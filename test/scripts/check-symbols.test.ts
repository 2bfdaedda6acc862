import { execFileSync } from 'node:child_process';
import path from 'node:path';

const script = path.join(__dirname, '..', '..', 'scripts', 'release', 'check-symbols.mjs');

/** What the check says of a binary whose headers say that it asks for these versions; in a process of its own, as it is an ES module. */
function problems(...versions: string[]): string[] {
  const headers = [
    'Version References:',
    '  required from libc.so.6:',
    ...versions.map((version) => `    0x06969194 0x00 18 ${version}`),
  ];
  const program = `import { symbolProblems } from ${JSON.stringify(script)};
console.log(JSON.stringify(symbolProblems(${JSON.stringify(headers.join('\n'))})));`;
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' }));
}

test('glibc 2.34 and older, and what GCC has in every system, are there', () => {
  expect(problems('GLIBC_2.34', 'GLIBC_2.2.5', 'GLIBC_2.9', 'GCC_3.0', 'GCC_4.2.0')).toEqual([]);
});

test('a newer glibc and the library of C++ are not', () => {
  expect(problems('GLIBC_2.34', 'GLIBC_2.35', 'GLIBC_3.0', 'GLIBCXX_3.4.30', 'CXXABI_1.3')).toEqual([
    'it asks for GLIBC_2.35',
    'it asks for GLIBC_3.0',
    'it asks for GLIBCXX_3.4',
    'it asks for CXXABI_1.3',
  ]);
});

test('nothing found is nothing good', () => {
  expect(problems()).toEqual(['no versions of libraries found: is this a binary for Linux?']);
});
