import os from 'node:os';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { library } from './library.mjs';

/** What our own library says of the processor. */
export function instructionSets() {
  const devices = library('index').devices();
  return devices.find(({ type }) => type === 'cpu').instructionSets;
}

/** Milliseconds that all processors together have worked and rested. */
function processorTimes() {
  const times = os.cpus().map((cpu) => cpu.times);
  const idle = times.reduce((sum, each) => sum + each.idle, 0);
  const busy = times.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, 0);
  return { idle, busy };
}

/** How many processors others keep busy: looks on for a second, doing nothing. */
export async function busyProcessors() {
  const before = processorTimes();
  await pause(1000);
  const after = processorTimes();
  const busy = after.busy - before.busy;
  return (os.cpus().length * busy) / (busy + after.idle - before.idle);
}

/** What the figures are measured on. */
export function describeMachine() {
  return {
    processor: os.cpus()[0].model.trim(),
    processors: os.availableParallelism(),
    instructionSets: instructionSets(),
    system: `${os.type()} ${os.machine()}`,
    node: process.versions.node,
  };
}
