import { MobileNetError } from '../../errors';
import type { Task } from '../../models/description';
import { loadModelFile } from '../../models/model-file';
import { type ListedModel, listModels, looksLikePath, resolveModel } from '../../models/registry';
import { describe, nearest } from '../../options';
import { servedTasks } from '../tasks';

/** A model that clients may ask for. */
export interface OfferedModel {
  name: string;
  task: Task;
  description?: string;
  license: string;
  /** `given` ones are files named when the server was started; `available` ones must be pulled before they can be used. */
  location: ListedModel['location'] | 'given';
  /** Of its file, where it is here. */
  bytes?: number;
}

/** An offered model and where it is. */
interface Entry extends OfferedModel {
  source: string;
}

/** For so long a list is believed; pulling a model takes longer. */
const freshMilliseconds = 2000;

async function readGiven(path: string): Promise<Entry> {
  const { description } = await loadModelFile((await resolveModel(path)).path);
  const { name, task, license } = description;
  return { name, task, description: description.description, license, location: 'given', source: path };
}

/**
 * The models that clients may name: the registry's and the files given, and nothing else. A client's text is looked up in this list and never
 * used as a path.
 */
export class Catalog {
  #listed: Promise<Entry[]> | undefined;
  #listedAt = 0;

  private constructor(
    readonly given: readonly Entry[],
    /** Names of the models given, registry's ones too, in their order. */
    readonly preferred: readonly string[],
  ) {}

  /**
   * @param models names or paths of files; the first for each task is that task's default
   * @throws MobileNetError as `load` does for models that cannot be used, and ERR_INVALID_OPTION for two of one name
   */
  static async create(models: readonly string[]): Promise<Catalog> {
    const given: Entry[] = [];
    const preferred: string[] = [];
    for (const model of models) {
      if (looksLikePath(model)) {
        const entry = await readGiven(model);
        if (given.some(({ name }) => name === entry.name)) {
          throw new MobileNetError(
            'ERR_INVALID_OPTION',
            `expected models of different names but received two called '${entry.name}'`,
          );
        }
        given.push(entry);
        preferred.push(entry.name);
      } else {
        // Says what is wrong with the name, or that the model has to be pulled first.
        await resolveModel(model);
        preferred.push(model);
      }
    }
    return new Catalog(given, preferred);
  }

  async list(): Promise<OfferedModel[]> {
    return (await this.#entries()).map(({ source: _, ...offered }) => offered);
  }

  /**
   * Where the model is that a client means.
   * @param name the client's text; by default the task's own model
   * @throws MobileNetError ERR_MODEL_NOT_FOUND, ERR_MODEL_TASK
   */
  async find(task: Task, name?: string): Promise<{ name: string; source: string }> {
    const entries = await this.#entries();
    const wanted = name ?? this.#default(task, entries);
    const entry = entries.find((each) => each.name === wanted);
    if (!entry) {
      const here = entries.filter(({ location }) => location !== 'available').map((each) => each.name);
      const guess = nearest(wanted, here);
      const hint = guess ? `did you mean '${guess}'?` : `models here: ${here.join(', ')}`;
      throw new MobileNetError('ERR_MODEL_NOT_FOUND', `there is no model called ${describe(wanted)}: ${hint}`);
    }
    if (entry.location === 'available') {
      throw new MobileNetError('ERR_MODEL_NOT_FOUND', `'${wanted}' is known but not here: run mobilenet models pull ${wanted}`);
    }
    if (task !== 'embed' && entry.task !== task) {
      throw new MobileNetError(
        'ERR_MODEL_TASK',
        `expected a model to ${task} with but received '${wanted}', which is to ${entry.task}`,
      );
    }
    return entry;
  }

  #default(task: Task, entries: readonly Entry[]): string {
    const fits = (name: string) => entries.some((entry) => entry.name === name && (task === 'embed' || entry.task === task));
    return this.preferred.find(fits) ?? servedTasks[task].defaultModel;
  }

  #entries(): Promise<Entry[]> {
    if (!this.#listed || performance.now() - this.#listedAt > freshMilliseconds) {
      this.#listedAt = performance.now();
      this.#listed = this.#read();
    }
    return this.#listed;
  }

  async #read(): Promise<Entry[]> {
    const known = await listModels();
    const own = new Set(this.given.map(({ name }) => name));
    const listed = known
      .filter(({ name }) => !own.has(name))
      .map(({ name, task, description, license, location, bytes }) => ({
        ...{ name, task, description, license, location, bytes },
        source: name,
      }));
    return [...this.given, ...listed];
  }
}
