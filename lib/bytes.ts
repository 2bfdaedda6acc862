/**
 * A caller's bytes to look at, as a Uint8Array of our own context: Jest, `vm` and Electron have others, whose arrays `instanceof` and libraries
 * do not take for what they are. Of a buffer that was transferred to another thread there are none: they are found to be too few, where making
 * a view of it would be a TypeError.
 */
export function viewBytes(bytes: Uint8Array | ArrayBuffer): Uint8Array {
  if (bytes.byteLength === 0) {
    return new Uint8Array();
  }
  if (bytes instanceof Uint8Array) {
    return bytes;
  }
  return ArrayBuffer.isView(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : new Uint8Array(bytes);
}
