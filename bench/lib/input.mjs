import { readFile } from 'node:fs/promises';

/** The picture as the other libraries get it: float32 from -1 to 1, `[height, width, 3]`. */
export async function readInput({ files }) {
  const bytes = await readFile(files.input);
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}

/** The same as planes, `[3, height, width]`. */
export function toPlanes(values) {
  const plane = values.length / 3;
  return Float32Array.from(values, (_, index) => values[(index % plane) * 3 + Math.trunc(index / plane)]);
}
