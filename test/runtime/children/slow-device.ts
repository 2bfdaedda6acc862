// On a double whose command buffers take half a second each: when do frames that are on the GPU give way?
import { Session } from '../../../lib/runtime/session';
import { logits, noise, smallModel } from '../small-model';

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** How a promise settles, and after how many milliseconds. */
async function timed(promise: Promise<unknown>): Promise<{ outcome: string; milliseconds: number }> {
  const started = performance.now();
  const outcome = await promise.then(
    () => 'done',
    (error: { code?: string; message: string }) => error.code ?? error.message,
  );
  return { outcome, milliseconds: performance.now() - started };
}

async function main(): Promise<void> {
  const options = { device: 'metal', framesInFlight: 2 } as const;
  const aborting = await Session.create(smallModel(), options);
  const controller = new AbortController();
  const [stopped, other] = [
    timed(aborting.run(noise(20, 20), logits, controller.signal)),
    timed(aborting.run(noise(20, 20, 2), logits)),
  ];
  await pause(100);
  controller.abort(new Error('enough'));
  const abort = { stopped: await stopped, other: await other };

  const disposed = timed(aborting.run(noise(20, 20), logits));
  await pause(100);
  const disposal = timed(aborting.dispose());
  console.log(JSON.stringify({ abort, dispose: { frame: await disposed, disposal: await disposal } }));
}

void main();
