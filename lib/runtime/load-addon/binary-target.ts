/** What a binary was built for, in Node's words, as far as its first bytes tell. */
export interface BinaryTarget {
  platform: string;
  /** More than one in a universal binary of macOS. */
  architectures: string[];
}

const elfMachines = new Map([
  [3, 'ia32'],
  [21, 'ppc64'],
  [22, 's390x'],
  [40, 'arm'],
  [62, 'x64'],
  [183, 'arm64'],
  [243, 'riscv64'],
  [258, 'loong64'],
]);
const machCpuTypes = new Map([
  [0x01000007, 'x64'],
  [0x0100000c, 'arm64'],
]);
const windowsMachines = new Map([
  [0x014c, 'ia32'],
  [0x8664, 'x64'],
  [0xaa64, 'arm64'],
]);

const named = (names: Map<number, string>, code: number) => names.get(code) ?? `processor 0x${code.toString(16)}`;

function elfTarget(bytes: Buffer): BinaryTarget {
  // Of the systems that use ELF, none but Linux has prebuilt binaries. Byte 5 is 2 where numbers are big-endian.
  const machine = bytes[5] === 2 ? bytes.readUInt16BE(18) : bytes.readUInt16LE(18);
  return { platform: 'linux', architectures: [named(elfMachines, machine)] };
}

function universalTarget(bytes: Buffer): BinaryTarget {
  const count = Math.min(bytes.readUInt32BE(4), 8);
  const architectures = Array.from({ length: count }, (_, i) => named(machCpuTypes, bytes.readUInt32BE(8 + 20 * i)));
  return { platform: 'darwin', architectures };
}

function windowsTarget(bytes: Buffer): BinaryTarget | undefined {
  const header = bytes.readUInt32LE(0x3c);
  return bytes.readUInt32LE(header) === 0x4550
    ? { platform: 'win32', architectures: [named(windowsMachines, bytes.readUInt16LE(header + 4))] }
    : undefined;
}

function readTarget(bytes: Buffer): BinaryTarget | undefined {
  if (bytes.readUInt32BE(0) === 0x7f454c46) {
    return elfTarget(bytes);
  }
  if (bytes.readUInt32LE(0) === 0xfeedfacf) {
    return { platform: 'darwin', architectures: [named(machCpuTypes, bytes.readUInt32LE(4))] };
  }
  if (bytes.readUInt32BE(0) === 0xcafebabe) {
    return universalTarget(bytes);
  }
  return bytes.toString('latin1', 0, 2) === 'MZ' ? windowsTarget(bytes) : undefined;
}

/** Reads from the start of a file (its first KiB will do) what it was built for; `undefined` if it is no binary, or cut off. */
export function binaryTarget(bytes: Buffer): BinaryTarget | undefined {
  try {
    return readTarget(bytes);
  } catch {
    // Shorter than its own header.
    return undefined;
  }
}
