import os from 'node:os';
import process from 'node:process';
import { library } from './library.mjs';

/** What the figures were measured on. */
export function describeMachine() {
  const [{ model }] = os.cpus();
  const cpu = library('index')
    .devices()
    .find(({ type }) => type === 'cpu');
  return {
    processor: model.trim(),
    processors: os.availableParallelism(),
    instructionSets: cpu.instructionSets,
    memory: os.totalmem(),
    system: `${os.type()} ${os.machine()}`,
    node: process.versions.node,
    /** Processes that were busy as the run began: figures of a machine that others use are not worth publishing. */
    load: os.loadavg()[0],
  };
}
