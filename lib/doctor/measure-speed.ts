import type { Model } from '../models/model-file';
import type { NativeFrame, NativeRequest } from '../runtime/native';
import type { Session } from '../runtime/session';
import type { InternalSessionOptions } from '../runtime/session-options';
import { withSession } from '../runtime/with-session';

/** How fast pictures go through a session, from RGB pixels to raw outputs. */
export interface Speed {
  framesInFlight: number;
  picturesPerSecond: number;
  /** Mean time from a picture's call to its outputs. */
  milliseconds: number;
}

/** Pictures before the clock starts. */
const warmUp = 3;

/** Keeps `width` frames going until the time is over. */
async function keepGoing(session: Session, frame: NativeFrame, width: number, seconds: number, signal?: AbortSignal) {
  const [{ name }] = session.outputs as [Session['outputs'][number]]; // a graph has outputs
  const request: NativeRequest = { type: 'outputs', outputs: [name] };
  for (let frames = 0; frames < warmUp; frames++) {
    await session.run(frame, request, signal);
  }
  let [pictures, waited] = [0, 0];
  const started = performance.now();
  const end = started + 1000 * seconds;
  const lane = async () => {
    do {
      const called = performance.now();
      await session.run(frame, request, signal);
      waited += performance.now() - called;
      pictures++;
    } while (performance.now() < end);
  };
  await Promise.all(Array.from({ length: width }, lane));
  return { picturesPerSecond: (1000 * pictures) / (performance.now() - started), milliseconds: waited / pictures };
}

/**
 * Measures one way of running a model. The first output alone is handed out.
 *
 * @param seconds to measure for; at least one picture is taken for each that is in flight
 */
export function measureSpeed(
  model: Model,
  options: InternalSessionOptions & { framesInFlight: number },
  frame: NativeFrame,
  seconds: number,
  signal?: AbortSignal,
): Promise<Speed> {
  const { framesInFlight } = options;
  return withSession(model, options, async (session) => ({
    framesInFlight,
    ...(await keepGoing(session, frame, session.framesAtOnce, seconds, signal)),
  }));
}
