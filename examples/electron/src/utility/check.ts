import type { RawImage } from 'mobilenet-metal';
import type { BridgeFile } from '../../../../page/src/engine/bridge';
import type { Choice, PageTask } from '../../../../page/src/engine/engine';
import { maxPhotoBytes } from '../limits';
import { CallError } from './errors';

/*
 * What comes from a page is checked for its form. Options of tasks are the package's to check. Models are only ever looked up by name: no text
 * from a page becomes a path.
 */

const tasks: readonly unknown[] = ['classify', 'detect', 'segment'] satisfies PageTask[];

function refuse(what: string): never {
  throw new CallError('ERR_INVALID_OPTION', `expected ${what}`);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function field(value: unknown, name: string): unknown {
  return isRecord(value) ? value[name] : undefined;
}

export function checkChoice(params: unknown): Choice {
  const choice = field(params, 'choice');
  const [task, model, device] = [field(choice, 'task'), field(choice, 'model'), field(choice, 'device')];
  if (!tasks.includes(task) || typeof model !== 'string' || typeof device !== 'string') {
    return refuse("a choice of a task ('classify', 'detect' or 'segment'), a model's name and a device");
  }
  return { task: task as PageTask, model, device };
}

export function checkOptions(params: unknown): object {
  const options = field(params, 'options');
  return isRecord(options) && !Array.isArray(options) ? options : refuse('an object of options');
}

export function checkFile(params: unknown): BridgeFile {
  const image = field(params, 'image');
  const [bytes, name] = [field(image, 'bytes'), field(image, 'name')];
  if (!(bytes instanceof Uint8Array) || typeof name !== 'string') {
    return refuse('the bytes of an image file, and its name');
  }
  if (bytes.byteLength > maxPhotoBytes) {
    const message = `'${name}': expected at most ${maxPhotoBytes} bytes but received ${bytes.byteLength}`;
    throw new CallError('ERR_BODY_TOO_LARGE', message);
  }
  return { bytes, name, type: '' };
}

/** The package checks sides and length. */
export function checkFrame(frame: unknown): RawImage {
  const [data, width, height] = [field(frame, 'data'), field(frame, 'width'), field(frame, 'height')];
  if (!(data instanceof Uint8ClampedArray) || typeof width !== 'number' || typeof height !== 'number') {
    return refuse('the pixels of a frame, its width and its height');
  }
  return { data, width, height, channels: 4 };
}
