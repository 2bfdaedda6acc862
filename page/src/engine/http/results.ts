import { EngineError, type PageTask, type RunResult } from '../engine';

/** A map as the server sends it: its bytes deflated, in base64. */
interface DeflatedMap {
  encoding: 'deflate';
  data: string;
}

async function inflate({ data }: DeflatedMap, length: number): Promise<Uint8Array> {
  const packed = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate'));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  if (bytes.length !== length) {
    throw new EngineError('ERR_INTERNAL', `expected a class map of ${length} bytes but received ${bytes.length}`);
  }
  return bytes;
}

/** The server's JSON as the API's result: what it packs is unpacked. */
export async function resultFrom(task: PageTask, json: unknown): Promise<RunResult> {
  if (task !== 'segment') {
    return json as RunResult;
  }
  const { classMap, ...rest } = json as { classMap: DeflatedMap; mapWidth: number; mapHeight: number };
  return { ...rest, classMap: await inflate(classMap, rest.mapWidth * rest.mapHeight) } as unknown as RunResult;
}

/** What must be asked for to get results that {@link resultFrom} understands. */
export function answerOptions(task: PageTask): object {
  // A PNG would have to be read back from a canvas, which browsers that guard against fingerprinting falsify.
  return task === 'segment' ? { classMap: 'deflate' } : {};
}
