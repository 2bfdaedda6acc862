import { type ErrorCode, MobileNetError } from '../errors';

/** What the HTTP interface refuses on its own account; stable, as the package's codes are. */
export type RequestErrorCode =
  | 'ERR_BAD_REQUEST'
  | 'ERR_FORBIDDEN'
  | 'ERR_NOT_FOUND'
  | 'ERR_TIMEOUT'
  | 'ERR_BODY_TOO_LARGE'
  | 'ERR_UNSUPPORTED_MEDIA_TYPE'
  | 'ERR_BUSY';

const requestStatus: Record<RequestErrorCode, number> = {
  ERR_BAD_REQUEST: 400,
  ERR_FORBIDDEN: 403,
  ERR_NOT_FOUND: 404,
  ERR_TIMEOUT: 504,
  ERR_BODY_TOO_LARGE: 413,
  ERR_UNSUPPORTED_MEDIA_TYPE: 415,
  ERR_BUSY: 503,
};

/** Statuses of the package's errors that the client, or a later try, can do something about; all others are 500. */
const taskStatus: Partial<Record<ErrorCode, number>> = {
  ERR_INVALID_OPTION: 400,
  ERR_MODEL_TASK: 400,
  ERR_MODEL_NOT_FOUND: 404,
  ERR_NO_DEVICE: 404,
  ERR_IMAGE_TOO_LARGE: 413,
  ERR_IMAGE_DECODE: 422,
  ERR_DEVICE_LOST: 503,
  ERR_OUT_OF_MEMORY: 503,
  ERR_DISPOSED: 503,
};

/** nginx's own status, for logs. */
const clientClosedRequest = 499;

/** A request that is refused before, or instead of, running a network. */
export class RequestError extends Error {
  constructor(
    readonly code: RequestErrorCode,
    message: string,
  ) {
    super(message);
    this.name = 'RequestError';
  }
}

/** What work ends with whose client has gone away. Nobody will read the answer; it is nobody's fault. */
export class ClientGone extends Error {
  constructor() {
    super('the client has gone away');
    this.name = 'ClientGone';
  }
}

/** The body of every answer that is no success. */
export interface ErrorAnswer {
  error: { code: ErrorCode | RequestErrorCode; message: string };
}

export interface Refusal {
  status: number;
  answer: ErrorAnswer;
  /** Whether it is the server's fault and belongs in its log. */
  unexpected: boolean;
}

/** What the web framework and its plugins throw. */
export function isFrameworkError(error: unknown): error is Error & { statusCode: number; code?: string } {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number';
}

const frameworkMessages: Record<string, string> = {
  FST_FIELDS_LIMIT: 'expected options in the query, as in ?topK=3, but received a form field',
  FST_FILES_LIMIT: 'expected one picture but received several: send each in a request of its own',
  FST_PARTS_LIMIT: 'expected one picture but received several parts: send each in a request of its own',
};

function frameworkCode(status: number): RequestErrorCode {
  switch (status) {
    case 404:
      return 'ERR_NOT_FOUND';
    case 413:
      return 'ERR_BODY_TOO_LARGE';
    case 415:
      return 'ERR_UNSUPPORTED_MEDIA_TYPE';
    default:
      return 'ERR_BAD_REQUEST';
  }
}

function refuse(status: number, code: ErrorAnswer['error']['code'], message: string): Refusal {
  return { status, answer: { error: { code, message } }, unexpected: status === 500 };
}

/** How an error is told to a client. What nobody foresaw is not told: it may speak of the server's files. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof ClientGone) {
    return refuse(clientClosedRequest, 'ERR_BAD_REQUEST', error.message);
  }
  if (error instanceof RequestError) {
    return refuse(requestStatus[error.code], error.code, error.message);
  }
  if (error instanceof MobileNetError) {
    const status = taskStatus[error.code] ?? 500;
    return refuse(status, error.code, status === 500 ? 'the server has a problem of its own; its log says which' : error.message);
  }
  if (isFrameworkError(error) && error.statusCode >= 400 && error.statusCode < 500) {
    const misused = frameworkMessages[error.code ?? ''];
    const status = misused === undefined ? error.statusCode : 400;
    return refuse(status, frameworkCode(status), misused ?? error.message);
  }
  return refuse(500, 'ERR_INTERNAL', 'the server has a problem of its own; its log says which');
}
