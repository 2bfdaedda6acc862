import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { writeError } from '../../write-error';

/** Characters that are gathered before they are written. */
const writtenAtATime = 64 * 2 ** 10;

/** Gathers text, writes it to a file that is open and hashes it. Rejects with ERR_WRITE. */
export class HashedFile {
  readonly #hash = createHash('sha256');
  #lines: string[] = [];
  #length = 0;

  constructor(
    private readonly path: string,
    private readonly file: FileHandle,
  ) {}

  async append(text: string): Promise<void> {
    this.#lines.push(text);
    this.#length += text.length;
    if (this.#length >= writtenAtATime) {
      await this.#flush();
    }
  }

  /**
   * Writes the hash behind all that was appended, `end` behind it, and brings everything to the disk. Resolves to the hash,
   * hexadecimal.
   */
  async finish(end: string): Promise<string> {
    await this.#flush();
    const sha256 = this.#hash.digest('hex');
    await this.#write(`${sha256}${end}`);
    await this.file.sync().catch((error: unknown) => {
      throw writeError(this.path, error);
    });
    return sha256;
  }

  async #flush(): Promise<void> {
    const text = this.#lines.join('');
    this.#lines = [];
    this.#length = 0;
    this.#hash.update(text);
    await this.#write(text);
  }

  async #write(text: string): Promise<void> {
    try {
      await this.file.writeFile(text);
    } catch (error) {
      throw writeError(this.path, error);
    }
  }
}
