import { availableParallelism } from 'node:os';
import { defaultMaxPixels } from '../images/decode';
import { checkBoolean, checkInteger, checkNumber, checkOneOf, checkOptionNames, invalidOption } from '../options';
import { checkSessionOptions, type SessionOptions, sessionOptionNames } from '../runtime/session-options';

/** Options of {@link startServer}. Those of {@link SessionOptions} hold for all models; `device` for requests that name none. */
export interface ServerOptions extends SessionOptions {
  /** Address or name of the interface to listen on. Default `127.0.0.1`: this machine only. */
  host?: string;
  /** 0 to 65535; 0 takes any that is free. Default 8224. */
  port?: number;
  /** Further host names under which clients may speak to the server, without ports. */
  allowHosts?: readonly string[];
  /** Origins of other web pages that may use the server, such as `http://localhost:5173`. */
  allowOrigins?: readonly string[];
  /** Models of the list by name, or model files by path: the first of each task is what requests of that task use unless told otherwise. */
  models?: readonly string[];
  /** As in `load`. Default `exact`. */
  decode?: 'exact' | 'fast';
  /** Largest body taken, in bytes: 1 KiB to 1 GiB. Default 32 MiB. */
  maxBytes?: number;
  /** Largest picture decoded, in pixels: 1 to 2^30. Default 2^27. */
  maxPixels?: number;
  /** Pictures in work at a time, 1 to 256. Default: two more than there are processors. */
  concurrency?: number;
  /** Pictures that wait for their turn before requests are refused with ERR_BUSY, 0 to 4096. Default 128. */
  maxWaiting?: number;
  /** Models loaded at a time, 1 to 64; the one that was not used for longest makes way. Default 4. */
  maxModels?: number;
  /** Cameras connected at a time, 0 to 1024. Default 16. */
  maxCameras?: number;
  /** Seconds in which a request must have arrived whole, 1 to 3600. Default 30. */
  receiveTimeout?: number;
  /** Seconds a picture may take from its arrival to its answer, 0.001 to 3600. Default 60. */
  runTimeout?: number;
  /** Seconds that requests in work are waited for when the server stops, 0 to 3600. Default 10. */
  stopTimeout?: number;
  /** Whether the page is served at `/`. Default true. */
  page?: boolean;
  /** Told of each request when it is done, and of what went wrong. */
  onLog?: (line: LogLine) => void;
}

/** One request, or one mishap. */
export interface LogLine {
  level: 'info' | 'error';
  message: string;
  method?: string;
  /** Without the query. */
  path?: string;
  status?: number;
  milliseconds?: number;
  /** What was thrown. */
  error?: unknown;
}

export type CheckedOptions = Required<Omit<ServerOptions, keyof SessionOptions>> & { session: SessionOptions };

const ownNames = [
  'host',
  'port',
  'allowHosts',
  'allowOrigins',
  'models',
  'decode',
  'maxBytes',
  'maxPixels',
  'concurrency',
  'maxWaiting',
  'maxModels',
  'maxCameras',
  'receiveTimeout',
  'runTimeout',
  'stopTimeout',
  'page',
  'onLog',
] as const satisfies (keyof ServerOptions)[];

export const defaultPort = 8224;
const mebibyte = 2 ** 20;

function checkText(name: string, value: unknown): string {
  if (typeof value !== 'string' || value === '') {
    throw invalidOption(name, 'a text', value);
  }
  return value;
}

function checkTexts(name: string, value: readonly unknown[]): string[] {
  if (!Array.isArray(value)) {
    throw invalidOption(name, 'an array of texts', value);
  }
  return value.map((each) => checkText(name, each));
}

/** `http://localhost:5173/` is the origin `http://localhost:5173`. */
function checkOrigin(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (!url || url.origin === 'null' || url.href !== `${url.origin}/`) {
    throw invalidOption('allowOrigins', "origins such as 'http://localhost:5173'", value);
  }
  return url.origin;
}

function checkHostName(value: string): string {
  if (!URL.canParse(`http://${value}/`) || new URL(`http://${value}/`).hostname !== value.toLowerCase()) {
    throw invalidOption('allowHosts', "host names without ports, such as 'photos.example'", value);
  }
  return value.toLowerCase();
}

/** Throws ERR_INVALID_OPTION. */
export function checkServerOptions(options: ServerOptions | undefined): CheckedOptions {
  const checked = checkOptionNames(options, [...sessionOptionNames, ...ownNames], 'startServer');
  const given = Object.entries(checked).filter(([name]) => (sessionOptionNames as readonly string[]).includes(name));
  const session: SessionOptions = Object.fromEntries(given);
  checkSessionOptions(session);
  return {
    session,
    host: checkText('host', checked.host ?? '127.0.0.1'),
    port: checkInteger('port', checked.port ?? defaultPort, 0, 65535),
    allowHosts: checkTexts('allowHosts', checked.allowHosts ?? []).map(checkHostName),
    allowOrigins: checkTexts('allowOrigins', checked.allowOrigins ?? []).map(checkOrigin),
    models: checkTexts('models', checked.models ?? []),
    decode: checkOneOf('decode', checked.decode ?? 'exact', ['exact', 'fast']),
    maxBytes: checkInteger('maxBytes', checked.maxBytes ?? 32 * mebibyte, 1024, 1024 * mebibyte),
    maxPixels: checkInteger('maxPixels', checked.maxPixels ?? defaultMaxPixels, 1, 2 ** 30),
    concurrency: checkInteger('concurrency', checked.concurrency ?? availableParallelism() + 2, 1, 256),
    maxWaiting: checkInteger('maxWaiting', checked.maxWaiting ?? 128, 0, 4096),
    maxModels: checkInteger('maxModels', checked.maxModels ?? 4, 1, 64),
    maxCameras: checkInteger('maxCameras', checked.maxCameras ?? 16, 0, 1024),
    receiveTimeout: checkNumber('receiveTimeout', checked.receiveTimeout ?? 30, 1, 3600),
    runTimeout: checkNumber('runTimeout', checked.runTimeout ?? 60, 0.001, 3600),
    stopTimeout: checkNumber('stopTimeout', checked.stopTimeout ?? 10, 0, 3600),
    page: checkBoolean('page', checked.page ?? true),
    onLog: checked.onLog ?? (() => {}),
  };
}
