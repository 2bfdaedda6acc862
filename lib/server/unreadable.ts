import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { ErrorAnswer } from './errors';

/** What Node makes of requests that no route ever sees: not HTTP, or not in time. */
function describe(code: string | undefined, receiveTimeout: number): [status: number, error: ErrorAnswer['error']] {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return [
        408,
        { code: 'ERR_TIMEOUT', message: `expected a request that comes within ${receiveTimeout} s but received a part of one` },
      ];
    case 'HPE_HEADER_OVERFLOW':
      return [431, { code: 'ERR_BAD_REQUEST', message: 'expected headers of at most 16 KiB but received more' }];
    default:
      return [400, { code: 'ERR_BAD_REQUEST', message: 'expected a request of HTTP/1.1 but received something else' }];
  }
}

/**
 * Answers over a connection on which no request can be read, in the one form there is for what fails, and closes it.
 * @param receiveTimeout in seconds, for the message
 */
export function refuseUnreadable({ code }: NodeJS.ErrnoException, socket: Socket, receiveTimeout: number): void {
  if (code !== 'ECONNRESET' && socket.writable) {
    const [status, error] = describe(code, receiveTimeout);
    const body = JSON.stringify({ error } satisfies ErrorAnswer);
    const head = ['content-type: application/json', `content-length: ${body.length}`, 'connection: close'];
    socket.write([`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...head, '', body].join('\r\n'));
  }
  socket.destroy();
}
