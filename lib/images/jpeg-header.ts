/** What the beginning of a JPEG file says of the picture. */
export interface JpegHeader {
  /** In pixels, as stored, before any turn. */
  width: number;
  height: number;
  /** Coefficients come in several passes over the picture. */
  progressive: boolean;
  /** 1 to 8, as in EXIF; from 5 on width and height change places. */
  orientation: number;
}

// Markers (ITU-T T.81, table B.1).
const startOfImage = 0xd8;
const startOfScan = 0xda;
const endOfImage = 0xd9;
const applicationData1 = 0xe1;

/** Frames: baseline, extended and progressive with Huffman codes, which is all that libjpeg reads without question. */
const frames = new Map([
  [0xc0, false],
  [0xc1, false],
  [0xc2, true],
]);

const exifMark = Buffer.from('Exif\0\0', 'latin1');
const orientationTag = 0x0112;
const shortType = 3;
const entryBytes = 12;

/**
 * Reads a JPEG file's header, which libvips takes a hundred times as long for. Undefined for whatever is not as simple as nearly all pictures
 * are: then libvips is to be asked.
 */
export function readJpegHeader(bytes: Uint8Array): JpegHeader | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.length < 4 || view[0] !== 0xff || view[1] !== startOfImage) {
    return undefined;
  }
  let orientation: number | undefined = 1;
  let exifSeen = false;
  for (let position = 2; position + 4 <= view.length; ) {
    const marker = view[position + 1] as number;
    const length = view.readUInt16BE(position + 2);
    const end = position + 2 + length;
    if (view[position] !== 0xff || marker === 0xff || marker === startOfScan || marker === endOfImage || length < 2) {
      return undefined;
    }
    if (end > view.length) {
      return undefined;
    }
    const segment = view.subarray(position + 4, end);
    const progressive = frames.get(marker);
    if (progressive !== undefined) {
      return orientation === undefined ? undefined : frameHeader(segment, progressive, orientation);
    }
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      return undefined; // a frame of another kind
    }
    if (marker === applicationData1 && segment.subarray(0, exifMark.length).equals(exifMark)) {
      if (exifSeen) {
        return undefined;
      }
      exifSeen = true;
      orientation = readOrientation(segment.subarray(exifMark.length));
    }
    position = end;
  }
  return undefined;
}

function frameHeader(segment: Buffer, progressive: boolean, orientation: number): JpegHeader | undefined {
  if (segment.length < 6) {
    return undefined;
  }
  const height = segment.readUInt16BE(1);
  const width = segment.readUInt16BE(3);
  // A height of 0 comes later in the file.
  return width > 0 && height > 0 ? { width, height, progressive, orientation } : undefined;
}

/** The orientation in EXIF's first directory (TIFF 6.0): 1 where it says none, undefined where it is not as it should be. */
function readOrientation(tiff: Buffer): number | undefined {
  const order = tiff.toString('latin1', 0, 2);
  if (tiff.length < 8 || (order !== 'II' && order !== 'MM')) {
    return undefined;
  }
  const short = (at: number) => (order === 'II' ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const directory = order === 'II' ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4);
  if (short(2) !== 42 || directory + 2 > tiff.length) {
    return undefined;
  }
  const entries = short(directory);
  for (let entry = 0; entry < entries; entry++) {
    const at = directory + 2 + entry * entryBytes;
    if (at + entryBytes > tiff.length) {
      return undefined;
    }
    if (short(at) === orientationTag) {
      const value = short(at + 8);
      return short(at + 2) === shortType && value >= 1 && value <= 8 ? value : undefined;
    }
  }
  return 1;
}
