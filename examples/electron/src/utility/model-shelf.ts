import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ListedModel } from 'mobilenet-metal';
import type { EngineModel } from '../../../../page/src/engine/engine';
import { maxModelBytes } from '../limits';
import { CallError } from './errors';
import type { MobileNet } from './mobilenet';
import { unpackedPath } from './unpacked-path';

interface GivenModel {
  model: EngineModel;
  path: string;
}

function toEngineModel({ name, task, description, license, location, bytes }: ListedModel): EngineModel {
  return { name, task, description, license, location, bytes };
}

/** The models a page can choose: those that are here, and the files that the user has opened. */
export class ModelShelf {
  readonly #mobilenet: MobileNet;
  /** By name. */
  readonly #given = new Map<string, GivenModel>();
  /** Ends when all files have been taken in that are being read. */
  #opening: Promise<unknown> = Promise.resolve();

  constructor(mobilenet: MobileNet) {
    this.#mobilenet = mobilenet;
  }

  /** Given ones first. Nothing is pulled here, so models that would have to be are left out. */
  async list(): Promise<EngineModel[]> {
    await this.#opening;
    const here = await this.#here();
    return [...Array.from(this.#given.values(), ({ model }) => model), ...here.map(toEngineModel)];
  }

  /** What the package's `load` takes for a model of {@link list}. */
  async find(name: string): Promise<string> {
    await this.#opening;
    const given = this.#given.get(name);
    if (given) {
      return given.path;
    }
    const here = await this.#here();
    const listed = here.find((model) => model.name === name);
    if (!listed) {
      const names = (await this.list()).map((model) => model.name).join(', ');
      throw new CallError('ERR_MODEL_NOT_FOUND', `there is no model '${name}' here: there are ${names}`);
    }
    const path = listed.path ?? name;
    const unpacked = unpackedPath(path);
    return unpacked === path ? name : unpacked;
  }

  /**
   * Takes a model file in, and returns the name it has from then on. A file that was opened before is read again.
   *
   * @throws what the package says of a file that is no model, or ERR_BODY_TOO_LARGE
   */
  open(path: string): Promise<string> {
    const opened = this.#opening.then(() => this.#open(path));
    this.#opening = opened.catch(() => {}); // told to whoever opened it
    return opened;
  }

  async #open(path: string): Promise<string> {
    const bytes = await this.#checkSize(path);
    // The one class that takes a model for any task; it is loaded to see whether it is sound.
    const network = await this.#mobilenet.Network.load(path, { device: 'cpu', threads: 1 });
    const { name: ownName, task, description, license } = network.model;
    await network.dispose();
    const name = await this.#freeName(ownName, path);
    this.#given.set(name, { model: { name, task, description, license, location: 'given', bytes }, path });
    return name;
  }

  async #checkSize(path: string): Promise<number> {
    const status = await stat(path).catch(() => undefined);
    if (!status?.isFile()) {
      throw new CallError('ERR_MODEL_NOT_FOUND', `expected a model file at '${path}' but there is none`);
    }
    if (status.size > maxModelBytes) {
      const message = `'${path}': expected at most ${maxModelBytes} bytes but it holds ${status.size}`;
      throw new CallError('ERR_BODY_TOO_LARGE', message);
    }
    return status.size;
  }

  /** Its own name where no other model has it, else with the name of its file. */
  async #freeName(ownName: string, path: string): Promise<string> {
    const taken = new Set((await this.#here()).map(({ name }) => name));
    const isFree = (name: string) => !taken.has(name) && (this.#given.get(name)?.path ?? path) === path;
    const named = [ownName, `${ownName} (${basename(path)})`].find(isFree);
    return named ?? `${ownName} (${path})`;
  }

  async #here(): Promise<ListedModel[]> {
    return (await this.#mobilenet.listModels()).filter(({ location }) => location !== 'available');
  }
}
