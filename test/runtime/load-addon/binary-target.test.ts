import { readFileSync } from 'node:fs';
import { binaryTarget } from '../../../lib/runtime/load-addon/binary-target';

const elf = (machine: number, bigEndian = false) => {
  const bytes = Buffer.alloc(64);
  bytes.write('\x7fELF', 0, 'latin1');
  bytes[4] = 2;
  bytes[5] = bigEndian ? 2 : 1;
  bigEndian ? bytes.writeUInt16BE(machine, 18) : bytes.writeUInt16LE(machine, 18);
  return bytes;
};

const mach = (cpuType: number) => {
  const bytes = Buffer.alloc(32);
  bytes.writeUInt32LE(0xfeedfacf, 0);
  bytes.writeUInt32LE(cpuType, 4);
  return bytes;
};

const universal = (...cpuTypes: number[]) => {
  const bytes = Buffer.alloc(8 + 20 * cpuTypes.length);
  bytes.writeUInt32BE(0xcafebabe, 0);
  bytes.writeUInt32BE(cpuTypes.length, 4);
  cpuTypes.forEach((cpuType, i) => {
    bytes.writeUInt32BE(cpuType, 8 + 20 * i);
  });
  return bytes;
};

const windows = (machine: number, header = 0x80) => {
  const bytes = Buffer.alloc(0x100);
  bytes.write('MZ', 0, 'latin1');
  bytes.writeUInt32LE(header, 0x3c);
  bytes.write('PE\0\0', 0x80, 'latin1');
  bytes.writeUInt16LE(machine, 0x84);
  return bytes;
};

test('the Node.js that runs the tests is for the system it says', () => {
  const target = binaryTarget(readFileSync(process.execPath).subarray(0, 1024));
  expect(target?.platform).toBe(process.platform);
  expect(target?.architectures).toContain(process.arch);
});

test.each([
  ['Linux x64', elf(62), 'linux', ['x64']],
  ['Linux arm64', elf(183), 'linux', ['arm64']],
  ['Linux s390x, big-endian', elf(22, true), 'linux', ['s390x']],
  ['Linux of an unknown processor', elf(4711), 'linux', ['processor 0x1267']],
  ['macOS arm64', mach(0x0100000c), 'darwin', ['arm64']],
  ['macOS x64', mach(0x01000007), 'darwin', ['x64']],
  ['macOS universal', universal(0x01000007, 0x0100000c), 'darwin', ['x64', 'arm64']],
  ['Windows x64', windows(0x8664), 'win32', ['x64']],
])('%s', (_, bytes, platform, architectures) => {
  expect(binaryTarget(bytes)).toEqual({ platform, architectures });
});

test.each([
  ['nothing', Buffer.alloc(0)],
  ['text', Buffer.from('version https://git-lfs.github.com/spec/v1\n')],
  ['two bytes', Buffer.from('MZ')],
  ['an ELF header cut off', elf(62).subarray(0, 18)],
  ['a Windows header beyond the end', windows(0x8664, 0xffff)],
  ['a universal binary cut off', universal(0x01000007, 0x0100000c).subarray(0, 30)],
])('%s is no binary', (_, bytes) => {
  expect(binaryTarget(bytes)).toBeUndefined();
});
