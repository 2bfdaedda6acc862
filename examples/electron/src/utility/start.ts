import type { MessagePortMain, ParentPort } from 'electron';
import type { Command, Notice } from '../messages';
import { toBridgeError } from './errors';
import type { MobileNet } from './mobilenet';
import { ModelShelf } from './model-shelf';
import { type Engine, PageConnection } from './page-connection';
import { toPort } from './port';
import { TaskSessions } from './task-sessions';

/** Takes commands and pages' ports from the main process, and runs networks for them until it is ended. */
export function start(parent: ParentPort, mobilenet: MobileNet): void {
  const shelf = new ModelShelf(mobilenet);
  const engine: Engine = { mobilenet, shelf, sessions: new TaskSessions(mobilenet, shelf) };
  const tell = (notice: Notice) => parent.postMessage(notice);
  parent.on('message', ({ data, ports }) => {
    const command = data as Command;
    if (command.type === 'connect') {
      for (const port of ports as MessagePortMain[]) {
        new PageConnection(engine, toPort(port));
      }
    } else {
      openModel(engine, command.path, tell);
    }
  });
}

async function openModel({ shelf, sessions }: Engine, path: string, tell: (notice: Notice) => void): Promise<void> {
  try {
    const name = await shelf.open(path);
    sessions.forget(name);
    tell({ type: 'model-opened', path, name });
  } catch (error) {
    tell({ type: 'model-refused', path, error: toBridgeError(error) });
  }
}
