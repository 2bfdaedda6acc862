import type { WebContents } from 'electron';
import type { BridgeFile } from '../../../../page/src/engine/bridge';
import { channels } from '../channels';

/** Holds photos that are opened until the page is there to take them. */
export class PhotoInbox {
  #page: WebContents | undefined;
  #waiting: BridgeFile[] = [];

  put(photos: BridgeFile[]): void {
    this.#waiting.push(...photos);
    this.#hand();
  }

  /** The page listens. */
  opened(page: WebContents): void {
    this.#page = page;
    this.#hand();
  }

  /** The page is gone, or loaded anew. */
  closed(page: WebContents): void {
    if (this.#page === page) {
      this.#page = undefined;
    }
  }

  #hand(): void {
    if (this.#page && !this.#page.isDestroyed() && this.#waiting.length > 0) {
      this.#page.send(channels.photos, this.#waiting);
      this.#waiting = [];
    }
  }
}
