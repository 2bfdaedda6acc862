// Runs frames one after the other on the double, whose every n-th command buffer fails, and prints what came of each, and of a stream.

import { Session } from '../../../lib/runtime/session';
import { Classifier } from '../../../lib/tasks/classifier';
import { classificationBytes } from '../classification-bytes';
import { logits, noise, smallModel } from '../small-model';

async function outcomeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'done';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

async function main(): Promise<void> {
  const session = await Session.create(smallModel(), { device: 'metal', framesInFlight: 1 });
  const frames: string[] = [];
  for (let i = 0; i < 7; i++) {
    frames.push(await outcomeOf(session.run(noise(20, 20, i + 1), logits)));
  }
  await session.dispose();

  const classifier = await Classifier.load(classificationBytes(), { device: 'metal', framesInFlight: 1 });
  const image = { data: noise(20, 20).pixels, width: 20, height: 20, channels: 3 } as const;
  const stream: string[] = [];
  for await (const result of classifier.stream(Array(7).fill(image), { concurrency: 1, onError: 'yield' })) {
    stream.push('error' in result ? result.error.code : 'done');
  }
  await classifier.dispose();
  console.log(JSON.stringify({ frames, stream }));
}

void main();
