import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

const isWebSocket = ({ headers }: IncomingMessage) => headers.upgrade?.toLowerCase() === 'websocket';

/**
 * Requests of a server for WebSockets. Node hands over every request with an Upgrade header once somebody listens for upgrades, without its body; those
 * for other protocols (HTTP/2, which Java's HttpClient and `curl --http2` ask for) may be answered as if they had none, and are (RFC 9110, 7.8).
 *
 * @returns what emits `upgrade` for WebSockets only; it never listens
 */
export function webSocketRequests(server: Server): Server {
  const requests = createServer();
  const answers = new WeakMap<Duplex, ServerResponse>();
  server.on('request', (request: IncomingMessage, response: ServerResponse) => answers.set(request.socket, response));
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, behind: Buffer) => {
    if (isWebSocket(request) && requests.emit('upgrade', request, socket, behind)) {
      return;
    }
    const again = () => readAgain(server, request, { socket, behind });
    const before = answers.get(socket);
    if (before && !before.closed) {
      // The connection has its next reader only when all of the last one's answers are out, or they would not come in order.
      before.once('close', again);
    } else {
      again();
    }
  });
  return requests;
}

/** Has a request read once more from its connection, now without the header. */
function readAgain(server: Server, request: IncomingMessage, { socket, behind }: { socket: Duplex; behind: Buffer }): void {
  if (socket.destroyed || socket.writableEnded) {
    return;
  }
  const { method, url, httpVersion, rawHeaders } = request;
  const head = [`${method} ${url} HTTP/${httpVersion}`];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.toLowerCase() !== 'upgrade') {
      head.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
    }
  }
  socket.unshift(Buffer.concat([Buffer.from([...head, '\r\n'].join('\r\n'), 'latin1'), behind]));
  server.emit('connection', socket);
}
