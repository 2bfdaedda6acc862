import { cpSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { create } from 'tar';
import { saveSource, tinySources } from '../../test/convert/tiny-sources';
import { projectRoot } from '../packages';

/** Labels for the small model of the pages: it tells five classes apart. */
const flowers = ['daisy', 'dandelion', 'roses', 'sunflowers', 'tulips'];

/** Folders as readers have them: the package installed, the sample photos and what pages speak of beside them. */
export class ReadersFolders {
  readonly #top = mkdtempSync(path.join(os.tmpdir(), 'mobilenet-docs-'));
  readonly #template = path.join(this.#top, 'template');
  readonly env: NodeJS.ProcessEnv;

  private constructor() {
    this.env = {
      ...process.env,
      PATH: `${path.join(this.#template, 'node_modules', '.bin')}${path.delimiter}${process.env.PATH}`,
      MOBILENET_METAL_CACHE: path.join(this.#top, 'cache'),
      MOBILENET_METAL_OFFLINE: '1',
      npm_config_offline: 'true', // npx takes what is installed, or nothing
      NO_COLOR: '1',
      CURL_HOME: this.#top,
    };
    delete this.env.MOBILENET_METAL_QUEUE;
  }

  /** Makes what all of them have: `photos`, `photo.jpg`, `archive.tar`, `keras_model.h5` with its `labels.txt`. */
  static async make(): Promise<ReadersFolders> {
    const folders = new ReadersFolders();
    const template = folders.#template;
    writeFileSync(path.join(folders.#top, '.curlrc'), 'silent\nshow-error\n'); // no progress among what it prints
    const bin = path.join(template, 'node_modules', '.bin');
    mkdirSync(bin, { recursive: true });
    symlinkSync(projectRoot, path.join(template, 'node_modules', 'mobilenet-metal'));
    symlinkSync(path.join(projectRoot, 'node_modules', 'sharp'), path.join(template, 'node_modules', 'sharp'));
    symlinkSync(path.join('..', 'mobilenet-metal', 'dist', 'cli', 'main.js'), path.join(bin, 'mobilenet'));
    writeFileSync(path.join(template, 'package.json'), JSON.stringify({ name: 'reader', private: true }));
    cpSync(path.join(projectRoot, 'photos'), path.join(template, 'photos'), { recursive: true });
    rmSync(path.join(template, 'photos', 'README.md'));
    await sharp(path.join(template, 'photos', 'chelsea.png'))
      .jpeg()
      .toFile(path.join(template, 'photo.jpg'));
    await create({ file: path.join(template, 'archive.tar'), cwd: template }, ['photos']);
    const keras = (await tinySources()).find(({ format }) => format === 'keras-h5');
    if (!keras) {
      throw new Error('expected a small Keras model among the tiny sources');
    }
    linkSync(saveSource(path.join(folders.#top, 'keras'), keras.source), path.join(template, 'keras_model.h5'));
    writeFileSync(path.join(template, 'labels.txt'), `${flowers.join('\n')}\n`);
    return folders;
  }

  /** A new one, and one beside it for what is the test's. */
  next(name: string): { folder: string; scratch: string } {
    const folder = path.join(this.#top, name.replaceAll(/[^\w.-]/g, '-'));
    const scratch = `${folder}-scratch`;
    cpSync(this.#template, folder, { recursive: true, verbatimSymlinks: true });
    mkdirSync(scratch);
    return { folder, scratch };
  }

  remove(): void {
    rmSync(this.#top, { recursive: true, force: true });
  }
}
