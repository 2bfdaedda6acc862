import type { Model } from '../models/model-file';
import type { NativeFrame, NativeTensor } from '../runtime/native';
import type { Session } from '../runtime/session';
import type { InternalSessionOptions } from '../runtime/session-options';
import { rawOutputs, withSession } from '../runtime/with-session';
import { type Answer, answerOf, compareAnswers } from './answers';
import type { CheckOptions } from './check-operations';
import { difference } from './difference';
import { type Failure, failureOf } from './failure';
import { float32Limit, halfRoundoff, movementFactor, movements, type Precision } from './limits';
import { moveWeights } from './moved-weights';
import { noisePicture, photo } from './pictures';
import type { Subject } from './subject';

/** What came of one model on one picture. */
export interface PictureResult {
  picture: string;
  /** Of all outputs, as parts of the largest value of each. */
  largest: number;
  mean: number;
  limit: number;
  /** What became of classes, boxes or class map; of the photo, and in float32 of the other pictures too. */
  answer?: string;
  ok: boolean;
}

/** What came of one model in one precision. */
export interface ModelResult {
  model: string;
  precision: Precision;
  pictures: PictureResult[];
  ok: boolean;
  failure?: Failure;
}

type Outputs = Record<string, NativeTensor>;

interface Picture {
  name: string;
  frame: NativeFrame;
  /** Whether it shows something: only then must answers be the same in float16. */
  isPhoto: boolean;
}

/** A picture with what the judge says of it. */
interface Judged extends Picture {
  outputs: Outputs;
  answer: Answer | undefined;
  /** How far outputs may be off in float16. */
  halfLimit: number;
}

async function pictures({ description: { preprocessing } }: Model): Promise<Picture[]> {
  const { width, height } = preprocessing;
  return [
    { name: 'photo', frame: await photo(), isPhoto: true },
    { name: 'noise, 301 x 237', frame: noisePicture(301, 237, 1), isPhoto: false },
    { name: `noise, ${width} x ${height}`, frame: noisePicture(width, height, 2), isPhoto: false },
  ];
}

/** The largest and the largest mean of all outputs' differences. */
function outputsDifference(found: Outputs, expected: Outputs) {
  const all = Object.entries(expected).map(([name, { data }]) => difference(found[name]?.data ?? new Float32Array(), data));
  return { largest: Math.max(...all.map(({ largest }) => largest)), mean: Math.max(...all.map(({ mean }) => mean)) };
}

/** How far outputs may be off in float16, for each picture: see limits.ts. */
async function halfLimits(
  model: Model,
  all: readonly Picture[],
  expected: readonly Outputs[],
  signal?: AbortSignal,
): Promise<number[]> {
  const limits = all.map(() => 0);
  for (let seed = 1; seed <= movements; seed++) {
    await withSession(moveWeights(model, halfRoundoff, seed), { device: 'cpu' }, async (session) => {
      for (const [at, { frame }] of all.entries()) {
        const moved = outputsDifference(await rawOutputs(session, frame, signal), expected[at] as Outputs);
        limits[at] = Math.max(limits[at] as number, movementFactor * moved.largest);
      }
    });
  }
  return limits;
}

async function judgePictures(model: Model, { judge, precisions }: Subject, signal?: AbortSignal): Promise<Judged[]> {
  const { head } = model.description;
  const all = await pictures(model);
  const answered: (Picture & { outputs: Outputs; answer: Answer | undefined })[] = [];
  await withSession(model, judge, async (session) => {
    for (const picture of all) {
      const outputs = await rawOutputs(session, picture.frame, signal);
      answered.push({ ...picture, outputs, answer: await answerOf(session, head, picture.frame, signal) });
    }
  });
  const limits = precisions.includes('float16')
    ? await halfLimits(
        model,
        all,
        answered.map(({ outputs }) => outputs),
        signal,
      )
    : [];
  return answered.map((each, at) => ({ ...each, halfLimit: limits[at] ?? 0 }));
}

async function checkPicture(
  session: Session,
  { description: { head } }: Model,
  judged: Judged,
  precision: Precision,
  signal?: AbortSignal,
): Promise<PictureResult> {
  const { name, frame, isPhoto, outputs, answer, halfLimit } = judged;
  const limit = precision === 'float32' ? float32Limit : halfLimit;
  const found = outputsDifference(await rawOutputs(session, frame, signal), outputs);
  const compared =
    isPhoto || precision === 'float32' ? compareAnswers(await answerOf(session, head, frame, signal), answer, limit) : undefined;
  const ok = found.largest <= limit && (compared?.ok ?? true);
  return { picture: name, ...found, limit, ...(compared ? { answer: compared.text } : {}), ok };
}

/**
 * The pictures twice over, several to a command buffer. The first is perhaps alone in its own: there is none to wait for.
 */
async function checkBatches(
  model: Model,
  options: InternalSessionOptions,
  judged: readonly Judged[],
  precision: Precision,
  signal?: AbortSignal,
): Promise<PictureResult[]> {
  const batches = { ...options, precision, framesInFlight: 2, batchSize: judged.length };
  const all = [...judged, ...judged];
  const found = await withSession(model, batches, (session) =>
    Promise.all(all.map(({ frame }) => rawOutputs(session, frame, signal))),
  );
  return all.map(({ name, outputs, halfLimit }, at) => {
    const limit = precision === 'float32' ? float32Limit : halfLimit;
    const apart = outputsDifference(found[at] as Outputs, outputs);
    return { picture: `${name}, in a batch`, ...apart, limit, ok: apart.largest <= limit };
  });
}

/**
 * Runs a model on a photo and on noise in every precision of the subject, on a GPU in batches too, and compares outputs and answers. On
 * abort, rejects with the signal's reason.
 */
export async function checkModel(model: Model, subject: Subject, options: CheckOptions = {}): Promise<ModelResult[]> {
  const { tamper = (whole) => whole, signal } = options;
  const { name } = model.description;
  const judged = await judgePictures(model, subject, signal);
  const results: ModelResult[] = [];
  for (const precision of subject.precisions) {
    const checked: PictureResult[] = [];
    const check = async () => {
      await withSession(tamper(model), { ...subject.options, precision }, async (session) => {
        for (const each of judged) {
          checked.push(await checkPicture(session, model, each, precision, signal));
        }
      });
      if (subject.device.type === 'metal') {
        checked.push(...(await checkBatches(tamper(model), subject.options, judged, precision, signal)));
      }
    };
    const failure = await check().then(() => undefined, failureOf);
    const ok = failure === undefined && checked.every((each) => each.ok);
    results.push({ model: name, precision, pictures: checked, ok, ...(failure ? { failure } : {}) });
  }
  return results;
}
