import { RequestError } from '../errors';

/** The memory that all bodies share which are on their way or in work. Only what has come is counted: slow clients hold little. */
export class BodyMemory {
  #used = 0;

  constructor(
    /** In bytes. */
    readonly limit: number,
  ) {}

  get used(): number {
    return this.#used;
  }

  /** Throws ERR_BUSY where there is too little left. */
  take(bytes: number): void {
    if (this.#used + bytes > this.limit) {
      throw new RequestError('ERR_BUSY', 'the server holds as many pictures as it has memory for; try again in a moment');
    }
    this.#used += bytes;
  }

  giveBack(bytes: number): void {
    this.#used -= bytes;
  }
}
