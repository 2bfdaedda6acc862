import { abortable } from '../abort';
import { loadSharp } from './load-sharp';

/** A class map as an 8-bit grey PNG whose values are the indices themselves; on abort, rejects with the signal's reason. */
export function classMapPng(classMap: Uint8Array, width: number, height: number, signal?: AbortSignal): Promise<Buffer> {
  const raw = { width, height, channels: 1 } as const;
  return abortable(loadSharp()(classMap, { raw, limitInputPixels: false }).toColourspace('b-w').png().toBuffer(), signal);
}
