import type { Model } from '../models/model-file';
import type { NativeFrame, NativeTensor } from './native';
import { Session } from './session';
import type { InternalSessionOptions } from './session-options';

/** Makes a session, uses it and frees it, whatever happens. */
export async function withSession<Result>(
  model: Model,
  options: InternalSessionOptions,
  use: (session: Session) => Promise<Result>,
): Promise<Result> {
  const session = await Session.create(model, options);
  try {
    return await use(session);
  } finally {
    await session.dispose();
  }
}

/** All raw outputs, by name. */
export async function rawOutputs(
  session: Session,
  frame: NativeFrame,
  signal?: AbortSignal,
): Promise<Record<string, NativeTensor>> {
  const names = session.outputs.map(({ name }) => name);
  const { outputs = {} } = await session.run(frame, { type: 'outputs', outputs: names }, signal);
  return outputs;
}
