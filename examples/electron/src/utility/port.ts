import type { MessagePortMain } from 'electron';
import type { Reply } from '../messages';

/** The end of a page's channel. */
export interface Port {
  post(reply: Reply): void;
  onMessage(listener: (message: unknown) => void): void;
  /** The page is gone, or was loaded anew. */
  onClose(listener: () => void): void;
}

/** Nothing arrives before both listeners are there: messages wait until `start`. */
export function toPort(port: MessagePortMain): Port {
  return {
    post: (reply) => port.postMessage(reply),
    onMessage(listener) {
      port.on('message', ({ data }) => listener(data));
      port.start();
    },
    onClose(listener) {
      port.on('close', listener);
    },
  };
}
