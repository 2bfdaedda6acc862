// Libraries measured in turns. Only one computes at a time; each round begins with another, so that a machine that grows slower, or is shared,
// does so for all.
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { difference } from './fingerprint.mjs';
import { root } from './library.mjs';
import { PeerProcess } from './peer-process.mjs';
import { least, median } from './statistics.mjs';

/** Thread pools that spin for a while after their work must not take the next library's processor. */
const pauseBetweenTurns = 50;
const leastRuns = 3;
const mostRuns = 50;

/** One library with one number of threads. */
class Entry {
  calls = [];

  constructor(row, threads) {
    this.row = row;
    this.threads = threads;
  }

  /** @returns fingerprints of its outputs; what only computes has none */
  async load() {
    this.peer = new PeerProcess(this.row.command(this.threads));
    const { library, fingerprints } = await this.peer.ready();
    this.library = library;
    return fingerprints;
  }

  /** Finds how many calls fill a turn. */
  async warmUp(turn) {
    await this.peer.run(leastRuns);
    const call = least(await this.peer.run(leastRuns));
    this.runs = Math.min(mostRuns, Math.max(leastRuns, Math.round(turn / call)));
  }

  async takeTurn() {
    await pause(pauseBetweenTurns);
    await this.peer.run(1);
    this.calls.push(...(await this.peer.run(this.runs)));
  }

  /** Does something with the library, and leaves it out when that fails. Ours must not fail. */
  async attempt(action) {
    try {
      await action();
    } catch (error) {
      if (this.row.ours) {
        throw error;
      }
      this.leave(error.message.replaceAll(`${root}${path.sep}`, ''));
    }
  }

  leave(reason) {
    this.skipped = reason;
    this.peer?.stop();
  }

  result() {
    const { id, label, peak, limit, ours, variant, pictures } = this.row;
    const about = { id, label, peak, limit, ours, variant, pictures, threads: this.threads };
    if (this.skipped) {
      return { ...about, skipped: this.skipped };
    }
    const calls = this.calls.map((milliseconds) => milliseconds / pictures);
    return { ...about, library: this.library, calls: calls.length, median: median(calls), least: least(calls) };
  }
}

/** Loads every library and leaves out what computes something else than the first. */
async function enter(entries, turn) {
  let reference;
  for (const entry of entries) {
    await entry.attempt(async () => {
      const fingerprints = await entry.load();
      if (fingerprints.length > 0) {
        reference ??= fingerprints;
        const differs = difference(fingerprints, reference);
        if (differs) {
          throw new Error(`it computes something else: ${differs}`);
        }
      }
      await entry.warmUp(turn);
    });
  }
}

/**
 * @param {object[]} rows as contenders() returns them, ours first
 * @param {{ threads: number[], rounds: number, turn: number }} options `turn` is how long a turn is to take, in milliseconds
 * @returns {Promise<object[]>} of each row and number of threads the median and the least milliseconds of a picture, or why it was `skipped`
 */
export async function contest(rows, { threads, rounds, turn }) {
  const entries = rows.flatMap((row) => threads.map((count) => new Entry(row, count)));
  try {
    await enter(entries, turn);
    for (let round = 0; round < rounds; round++) {
      const present = entries.filter(({ skipped }) => !skipped);
      for (let place = 0; place < present.length; place++) {
        const entry = present[(place + round) % present.length];
        await entry.attempt(() => entry.takeTurn());
      }
    }
  } finally {
    for (const { peer } of entries) {
      peer?.stop();
    }
  }
  return entries.map((entry) => entry.result());
}
