/** A message as text: JSON, with bytes in Latin-1. */
export type Encoded = string;

/*
 * Both functions run in pages too, from their own text: they may use nothing from around them.
 */

export function toText(message: unknown): Encoded {
  return JSON.stringify(message, (_, value) => {
    if (!(ArrayBuffer.isView(value) && !(value instanceof DataView))) {
      return value;
    }
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    let text = '';
    for (let begin = 0; begin < bytes.length; begin += 8192) {
      text += String.fromCharCode(...bytes.subarray(begin, begin + 8192));
    }
    return { bytesOf: Object.prototype.toString.call(value).slice(8, -1), text };
  });
}

export function fromText(text: Encoded): unknown {
  return JSON.parse(text, (_, value) => {
    if (typeof value?.bytesOf !== 'string') {
      return value;
    }
    const bytes = Uint8Array.from(value.text as string, (character) => character.charCodeAt(0));
    return value.bytesOf === 'Uint8ClampedArray' ? new Uint8ClampedArray(bytes.buffer) : bytes;
  });
}
