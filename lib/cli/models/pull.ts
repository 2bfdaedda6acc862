import { type PulledModel, type PullProgress, pullModel } from '../../download';
import { MobileNetError } from '../../errors';
import { ByteProgress } from '../byte-progress';
import type { Context } from '../context';
import { describeSteps } from '../conversion-report';
import { fileSize, grouped, properties } from '../format';
import { say } from '../output';

export interface PullFlags {
  allowUnverified?: boolean;
  force?: boolean;
  json?: boolean;
}

const phases: Record<PullProgress['phase'], string> = {
  waiting: 'another process is pulling it: waiting',
  downloading: '',
  unpacking: 'unpacking',
  converting: 'converting',
};

function follow(bar: ByteProgress, { phase, loadedBytes, totalBytes }: PullProgress): void {
  if (loadedBytes === undefined) {
    bar.phase(phases[phase]);
  } else {
    bar.update(loadedBytes, totalBytes);
  }
}

async function pullOne(name: string, { allowUnverified, force }: PullFlags, signal: AbortSignal): Promise<PulledModel> {
  const bar = new ByteProgress(name);
  try {
    return await pullModel(name, { allowUnverified, force, signal, onProgress: (progress) => follow(bar, progress) });
  } finally {
    bar.stop();
  }
}

function describeHash({ downloadSha256, verified, pulled }: PulledModel): string {
  const trust = verified ? 'as published' : `not verified: nobody has published it${pulled ? '; it is remembered' : ''}`;
  return `sha256 ${downloadSha256} (${trust})`;
}

/** What was done, for people. */
function describe(model: PulledModel): string[] {
  const { name, location, pulled, path, source, bytes, conversion } = model;
  const state = pulled ? 'pulled' : location === 'bundled' ? 'comes with the package' : 'is here already';
  const facts: [string, string][] = [
    ['source', source],
    ...(model.downloadSha256 === undefined ? [] : [['download', describeHash(model)] as [string, string]]),
    ...(conversion ? [['parameters', grouped(conversion.parameters)] as [string, string]] : []),
    ['file', `${path} (${fileSize(bytes)})`],
  ];
  const steps = describeSteps(conversion?.report ?? []);
  return [`${name}: ${state}`, ...properties(facts), ...steps, ...(conversion?.notes ?? [])].map((line, index) =>
    index === 0 ? line : `  ${line}`,
  );
}

/** Downloads and converts models. With several names, one that fails does not stop the others. */
export async function pull(names: string[], flags: PullFlags, { output, signal, fail }: Context): Promise<void> {
  for (const name of names) {
    try {
      const model = await pullOne(name, flags, signal);
      await (flags.json ? output.json(model) : output.lines(describe(model)));
    } catch (error) {
      if (names.length === 1 || !(error instanceof MobileNetError)) {
        throw error;
      }
      fail();
      say(`${error.message} (${error.code})`);
    }
  }
}
