import { MobileNetError } from '../../errors';
import { advice, type Reason } from './advice';
import type { FoundBinary, Situation } from './observe';

function system({ platform, arch, libc, node, electron }: Situation): string {
  const parts = [`${platform}-${arch}${libc ? ` (${libc})` : ''}`, `Node.js ${node}`];
  return (electron ? [...parts, `Electron ${electron}`] : parts).join(', ');
}

function describe({ file, target }: FoundBinary): string {
  return `${file} (${target ? `for ${target.platform}-${target.architectures.join('+')}` : 'no binary'})`;
}

function reasonOf(cause: unknown): Reason {
  if (!(cause instanceof Error)) {
    return { code: '', message: String(cause) };
  }
  return { code: String((cause as NodeJS.ErrnoException).code ?? ''), message: cause.message.split('\n')[0] ?? '' };
}

/** ERR_NATIVE_LOAD, in lines: on what system, what was looked for, what is there, what went wrong and what to do about it. */
export function loadFailure(situation: Situation, cause: unknown): MobileNetError {
  const { platform, arch, folder, chosen, found } = situation;
  const reason = reasonOf(cause);
  return new MobileNetError(
    'ERR_NATIVE_LOAD',
    [
      `could not load the native addon of mobilenet-metal on ${system(situation)}`,
      `  looked for: build/Release/*.node, prebuilds/${platform}-${arch}/*.node in ${folder}`,
      `  found: ${found.length > 0 ? found.map(describe).join(', ') : 'nothing'}`,
      ...(chosen === undefined ? [] : [`  tried: ${chosen}`]),
      `  error: ${reason.message}`,
      'Possible solutions:',
      ...advice(situation, reason),
    ].join('\n'),
    { cause },
  );
}
