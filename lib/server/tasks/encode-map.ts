import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import { classMapPng } from '../../images/class-map-png';

/** How the bytes of a map are packed: an 8-bit grey PNG whose values are the map's, or the bytes themselves, deflated (RFC 1950). */
export const mapEncodings = ['png', 'deflate'] as const;
export type MapEncoding = (typeof mapEncodings)[number];

export interface EncodedMap {
  encoding: MapEncoding;
  /** Base64. */
  data: string;
}

const deflateOffThread = promisify(deflate);
/** Class maps are areas of one value: more effort takes longer and saves next to nothing. */
const level = 1;

export async function encodeMap(
  map: Uint8Array,
  { width, height }: { width: number; height: number },
  encoding: MapEncoding,
  signal: AbortSignal,
): Promise<EncodedMap> {
  const bytes = encoding === 'png' ? await classMapPng(map, width, height, signal) : await deflateOffThread(map, { level });
  return { encoding, data: bytes.toString('base64') };
}
