import type { WebSocket } from 'ws';
import { ClientGone, refusalOf } from '../errors';
import type { LogLine } from '../options';
import type { ChosenRun, Service } from '../service';
import type { Answer } from '../tasks/served-task';
import { type FrameOutcome, FramePump } from './frame-pump';
import { framesAtOnce, maxUnreadBytes, pingInterval } from './limits';

/** RFC 6455, 7.4.1 */
const closeCodes = { unsupported: 1003, policy: 1008, tooMany: 1013 } as const;

/** Says why nothing will come of it, in a message that a web page can read, and hangs up. */
export function refuseCamera(socket: WebSocket, error: unknown, log: (line: LogLine) => void): void {
  const { answer, unexpected } = refusalOf(error);
  if (unexpected) {
    log({ level: 'error', message: 'a camera was refused', error });
  }
  socket.send(JSON.stringify(answer));
  socket.close(answer.error.code === 'ERR_BUSY' ? closeCodes.tooMany : closeCodes.policy, answer.error.code);
}

/**
 * Answers the frames of one camera until it hangs up: binary messages in, each the file of a picture, a line of JSON out for each that was
 * not dropped.
 */
export function serveCamera(
  socket: WebSocket,
  service: Service,
  { key, options }: ChosenRun,
  log: (line: LogLine) => void,
): void {
  const gone = new AbortController();
  const pump = new FramePump<Buffer, Answer>({
    atOnce: framesAtOnce,
    work: (bytes) => service.run(key, { bytes, name: 'the frame' }, options, gone.signal),
    tell: (outcome) => tell(socket, service, outcome, log),
    ready: () => socket.bufferedAmount < maxUnreadBytes,
  });
  const stopPings = keepAlive(socket);
  socket.on('message', (data, isBinary) => {
    if (!isBinary || !Buffer.isBuffer(data)) {
      socket.close(closeCodes.unsupported, 'expected frames, as binary messages');
      return;
    }
    pump.push(data);
  });
  socket.once('close', () => {
    service.metrics.frames('dropped', pump.dropped);
    stopPings();
    pump.end();
    gone.abort(new ClientGone());
  });
}

function tell(
  socket: WebSocket,
  { metrics }: Service,
  { frame, dropped, result, error }: FrameOutcome<Answer>,
  log: (line: LogLine) => void,
) {
  metrics.frames('dropped', dropped);
  metrics.frames(result ? 'answered' : 'failed');
  if (result && 'json' in result) {
    socket.send(JSON.stringify({ frame, dropped, result: result.json }));
    return;
  }
  const { answer, unexpected } = refusalOf(error);
  if (unexpected) {
    log({ level: 'error', message: 'a frame failed', error });
  }
  socket.send(JSON.stringify({ frame, dropped, ...answer }));
}

/** Hangs up on a client that does not answer pings; answers its own as long as it takes the answers. Returns what ends that. */
function keepAlive(socket: WebSocket): () => void {
  let heard = true;
  const timer = setInterval(() => {
    if (!heard) {
      socket.terminate();
      return;
    }
    heard = false;
    socket.ping();
  }, pingInterval);
  timer.unref();
  socket.on('pong', () => {
    heard = true;
  });
  socket.on('ping', (data) => {
    if (socket.bufferedAmount < maxUnreadBytes) {
      socket.pong(data);
    }
  });
  return () => clearInterval(timer);
}
