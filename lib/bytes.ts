/**
 * A caller's bytes to look at. Of a buffer that was transferred to another thread there are none: they are found to be too few, where making a
 * view of it would be a TypeError.
 */
export function viewBytes(bytes: Uint8Array | ArrayBuffer): Uint8Array {
  if (bytes.byteLength === 0) {
    return new Uint8Array();
  }
  return bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
}
