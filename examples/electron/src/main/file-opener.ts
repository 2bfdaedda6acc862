import path from 'node:path';
import type { BrowserWindow, Dialog, OpenDialogOptions } from 'electron';
import type { Notice } from '../messages';
import type { NetworkProcess } from './network-process';
import { modelExtension, pictureExtensions, readPhotos, sortFiles } from './opened-files';
import type { PhotoInbox } from './photo-inbox';

export interface FileOpenerParts {
  dialog: Pick<Dialog, 'showOpenDialog' | 'showMessageBox'>;
  inbox: PhotoInbox;
  networks: Pick<NetworkProcess, 'openModel'>;
  /** What dialogues belong to; none may be open. */
  window(): BrowserWindow | undefined;
}

/** Opens photos and models, however the user names them, and tells of those that cannot be opened. */
export class FileOpener {
  readonly #parts: FileOpenerParts;

  constructor(parts: FileOpenerParts) {
    this.#parts = parts;
  }

  /** By a dialogue. */
  choosePhotos(): Promise<void> {
    return this.#choose({
      filters: [{ name: 'Pictures', extensions: pictureExtensions }],
      properties: ['openFile', 'multiSelections'],
    });
  }

  chooseModel(): Promise<void> {
    return this.#choose({ filters: [{ name: 'Models', extensions: [modelExtension] }], properties: ['openFile'] });
  }

  /** Models and photos by their paths. */
  async open(files: readonly string[]): Promise<void> {
    const { models, photos } = sortFiles(files);
    for (const model of models) {
      this.#parts.networks.openModel(model);
    }
    const { photos: read, refused } = await readPhotos(photos);
    this.#parts.inbox.put(read);
    if (refused.length > 0) {
      const message = refused.length === 1 ? 'A file could not be opened.' : `${refused.length} files could not be opened.`;
      await this.#warn(message, refused.join('\n'));
    }
  }

  /** What became of a model that was opened. */
  async refused({ path: file, error }: Extract<Notice, { type: 'model-refused' }>): Promise<void> {
    await this.#warn(`${path.basename(file)} could not be opened.`, error.message);
  }

  async #choose(options: OpenDialogOptions): Promise<void> {
    const window = this.#parts.window();
    const { dialog } = this.#parts;
    const { canceled, filePaths } = await (window ? dialog.showOpenDialog(window, options) : dialog.showOpenDialog(options));
    if (!canceled) {
      await this.open(filePaths);
    }
  }

  async #warn(message: string, detail: string): Promise<void> {
    const options = { type: 'warning', message, detail } as const;
    const window = this.#parts.window();
    const { dialog } = this.#parts;
    await (window ? dialog.showMessageBox(window, options) : dialog.showMessageBox(options));
  }
}
