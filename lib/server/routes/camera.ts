import websocket from '@fastify/websocket';
import type { FastifyInstance } from 'fastify';
import { checkOneOf } from '../../options';
import { refuseCamera, serveCamera } from '../camera/camera';
import { maxFrameBytes } from '../camera/limits';
import { RequestError } from '../errors';
import type { LogLine } from '../options';
import type { ModelQuery, Service } from '../service';
import { servedTasks } from '../tasks';
import { parseQuery } from '../tasks/parameters';
import { parametersOf } from './tasks';

const cameraTasks = ['classify', 'detect', 'segment'] as const;

/** Makes the server take WebSockets. To be awaited before {@link addCameraRoute}. */
export async function addWebSockets(server: FastifyInstance): Promise<void> {
  await server.register(websocket, {
    // Pongs that nobody reads would pile up: they are sent by hand.
    options: { maxPayload: maxFrameBytes, autoPong: false, perMessageDeflate: false },
    errorHandler: (_error, socket) => socket.terminate(),
  });
}

/** `/v1/camera?task=detect`, with the options of that task. */
export function addCameraRoute(server: FastifyInstance, service: Service, log: (line: LogLine) => void): void {
  server.get('/v1/camera', { websocket: true }, async (socket, request) => {
    // Frames may come before the model is chosen: ws would let them go unheard.
    socket.pause();
    try {
      if (service.cameras >= service.options.maxCameras) {
        throw new RequestError('ERR_BUSY', `the server takes ${service.options.maxCameras} cameras at a time, and has as many`);
      }
      const run = await chooseRun(service, request.query as Record<string, string | string[]>);
      serveCamera(socket, service, run, log);
    } catch (error) {
      refuseCamera(socket, error);
    } finally {
      socket.resume();
    }
  });
}

async function chooseRun(service: Service, query: Record<string, string | string[]>) {
  const { task, ...rest } = query;
  const { parameters: _, ...served } = servedTasks[checkOneOf('task', task, cameraTasks)];
  const parsed = parseQuery(parametersOf(servedTasks[served.name]), rest);
  const { model, device, ...options } = parsed as ModelQuery & Record<string, unknown>;
  return { key: await service.choose(served.name, { model, device }), options };
}
