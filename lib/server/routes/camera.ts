import websocket from '@fastify/websocket';
import type { FastifyInstance } from 'fastify';
import type { WebSocket } from 'ws';
import { checkOneOf } from '../../options';
import { refuseCamera, serveCamera } from '../camera/camera';
import { maxFrameBytes } from '../camera/limits';
import { RequestError } from '../errors';
import type { LogLine } from '../options';
import type { Service } from '../service';
import { servedTasks } from '../tasks';
import type { Query } from '../tasks/parameters';
import { webSocketRequests } from '../upgrades';
import { chooseRun } from './choose-run';

const cameraTasks = ['classify', 'detect', 'segment'] as const;

/** Makes the server take WebSockets. To be awaited before {@link addCameraRoute}. */
export async function addWebSockets(server: FastifyInstance): Promise<void> {
  await server.register(websocket, {
    // Pongs that nobody reads would pile up: they are sent by hand.
    options: { server: webSocketRequests(server.server), maxPayload: maxFrameBytes, autoPong: false, perMessageDeflate: false },
    errorHandler: (_error, socket) => socket.terminate(),
  });
}

/** `/v1/camera?task=detect`, with the options of that task. */
export function addCameraRoute(server: FastifyInstance, service: Service, log: (line: LogLine) => void): void {
  server.route({
    method: 'GET',
    url: '/v1/camera',
    schema: { hide: true },
    handler: async () => {
      throw new RequestError('ERR_BAD_REQUEST', 'expected a WebSocket but received a plain request');
    },
    wsHandler: (socket, request) => connect(socket, request.query as Query, { service, log }),
  });
}

interface Context {
  service: Service;
  log: (line: LogLine) => void;
}

async function connect(socket: WebSocket, query: Query, { service, log }: Context): Promise<void> {
  // Frames may come before the model is chosen: ws would let them go unheard.
  socket.pause();
  let leave = () => {};
  try {
    leave = service.enterCamera();
    socket.once('close', leave);
    const { task, ...rest } = query;
    // Answers are messages of JSON, which say of which frame they are.
    checkOneOf('answer', rest.answer ?? 'json', ['json']);
    const run = await chooseRun(service, servedTasks[checkOneOf('task', task, cameraTasks)], rest);
    serveCamera(socket, service, run, log);
  } catch (error) {
    leave();
    refuseCamera(socket, error, log);
  } finally {
    socket.resume();
  }
}
