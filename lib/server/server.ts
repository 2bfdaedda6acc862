import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { MobileNetError } from '../errors';
import { addGuard } from './access/guard';
import { inAddress } from './access/hosts';
import { addBodies } from './bodies/read-picture';
import { RequestError, refusalOf } from './errors';
import { Catalog } from './models/catalog';
import { type CheckedOptions, checkServerOptions, type ServerOptions } from './options';
import { addCameraRoute, addWebSockets } from './routes/camera';
import { addModelRoutes } from './routes/models';
import { addOpenApi } from './routes/openapi';
import { addPage } from './routes/page';
import { addStateRoutes } from './routes/state';
import { addTaskRoutes } from './routes/tasks';
import { Service } from './service';

export interface RunningServer {
  /** Where it listens, such as `http://127.0.0.1:8224`. */
  readonly url: string;
  /** Takes no more requests, finishes those in work within `stopTimeout` seconds, and frees everything. Calling it again does nothing. */
  stop(): Promise<void>;
}

/** Connections at a time; further ones are closed as they come. */
const maxConnections = 1024;
/** Milliseconds in which the head of a request must have come, and that an idle connection is kept. */
const headTimeout = 10_000;
const idleTimeout = 10_000;
/** How often a server that stops looks whether it is done, in milliseconds. */
const stopPoll = 10;
/** What a client waits before it tries again, in seconds. */
const retryAfter = 1;

/**
 * Serves the page and the HTTP interface.
 *
 * @throws MobileNetError ERR_INVALID_OPTION, also where the address cannot be listened on; what `load` throws for the models named
 */
export async function startServer(options?: ServerOptions): Promise<RunningServer> {
  const checked = checkServerOptions(options);
  const service = new Service(checked, await Catalog.create(checked.models));
  const server = createServer(checked);
  const requests = watchRequests(server);
  try {
    await addRoutes(server, service, checked);
    await listen(server, checked);
  } catch (error) {
    await server.close();
    await service.dispose();
    throw error;
  }
  const { port } = server.server.address() as AddressInfo;
  let stopping: Promise<void> | undefined;
  return {
    url: `http://${inAddress(checked.host)}:${port}`,
    stop: () => {
      stopping ??= stop(server, service, { ...requests, stopTimeout: checked.stopTimeout });
      return stopping;
    },
  };
}

function createServer({ receiveTimeout, runTimeout }: CheckedOptions): FastifyInstance {
  const server = fastify({
    logger: false,
    requestTimeout: receiveTimeout * 1000,
    // Of silence: nothing is said while a picture is in work.
    connectionTimeout: (receiveTimeout + runTimeout) * 1000,
    keepAliveTimeout: idleTimeout,
    http: { headersTimeout: Math.min(headTimeout, receiveTimeout * 1000), connectionsCheckingInterval: 1000 },
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 200 },
    // What comes before any hook: addresses that are none.
    frameworkErrors: (error, _request, { raw }) => {
      const { status, answer } = refusalOf(error);
      raw.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    },
    // Bodies are bounded where they are read.
    bodyLimit: Number.MAX_SAFE_INTEGER,
  });
  server.server.maxConnections = maxConnections;
  // Schemas are for the document; the API checks options and makes results.
  server.setValidatorCompiler(() => () => true);
  server.setSerializerCompiler(() => (data) => JSON.stringify(data));
  return server;
}

async function addRoutes(server: FastifyInstance, service: Service, options: CheckedOptions): Promise<void> {
  const { onLog, page, maxBytes } = options;
  // First: it is what closes the sockets of requests for one that are refused.
  await addWebSockets(server);
  addLog(server, service, options);
  addGuard(server, options);
  addRefusals(server, onLog);
  addBodies(server, maxBytes);
  await addOpenApi(server);
  addTaskRoutes(server, service);
  addModelRoutes(server, service);
  addStateRoutes(server, service);
  addCameraRoute(server, service, onLog);
  if (page) {
    addPage(server);
  }
  await server.ready();
}

function addLog(server: FastifyInstance, service: Service, { onLog }: CheckedOptions): void {
  server.addHook('onResponse', async (request, reply) => {
    const { method, url, routeOptions } = request;
    const { statusCode: status, elapsedTime: milliseconds } = reply;
    service.metrics.request(routeOptions.url ?? 'none', status, milliseconds);
    const path = url.split('?', 1)[0];
    onLog({ level: 'info', message: 'request', ...{ method, path, status, milliseconds } });
  });
}

function addRefusals(server: FastifyInstance, onLog: CheckedOptions['onLog']): void {
  server.setErrorHandler((error, request, reply) => refuse(error, { request, reply }, onLog));
  server.setNotFoundHandler((request, reply) =>
    refuse(new RequestError('ERR_NOT_FOUND', 'there is nothing at this address'), { request, reply }, onLog),
  );
}

function refuse(
  error: unknown,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  onLog: CheckedOptions['onLog'],
) {
  const { status, answer, unexpected } = refusalOf(error);
  if (unexpected) {
    onLog({ level: 'error', message: 'a request failed', method: request.method, path: request.routeOptions.url, error });
  }
  if (status === 503) {
    reply.header('retry-after', retryAfter);
  }
  if (!request.raw.complete) {
    // The rest of its body is of no interest, and nothing else can be said over this connection before it has come.
    reply.header('connection', 'close');
    request.raw.resume();
  }
  return reply.code(status).type('application/json').send(answer);
}

async function listen(server: FastifyInstance, { host, port }: CheckedOptions): Promise<void> {
  const reasons: Record<string, string> = {
    EADDRINUSE: `another program listens on port ${port}`,
    EACCES: `this user may not listen on port ${port}`,
    EADDRNOTAVAIL: `this machine has no such address as ${host}`,
    ENOTFOUND: `there is no host called ${host}`,
  };
  try {
    await server.listen({ host, port });
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new MobileNetError('ERR_INVALID_OPTION', `expected a free port for port but ${reasons[code] ?? message}`, {
      cause: error,
    });
  }
}

/** Counts the requests in work, cameras apart: when there are none left, nobody is waited for. */
function watchRequests(server: FastifyInstance): { idle(): boolean } {
  let requests = 0;
  server.addHook('onRequest', async ({ headers }, { raw }) => {
    if (headers.upgrade === undefined) {
      requests++;
      raw.once('close', () => requests--);
    }
  });
  return { idle: () => requests === 0 };
}

async function stop(server: FastifyInstance, service: Service, { idle, stopTimeout }: { idle(): boolean; stopTimeout: number }) {
  const closed = server.close();
  const latest = performance.now() + stopTimeout * 1000;
  while (!idle() && performance.now() < latest) {
    await sleep(stopPoll);
  }
  // Connections that are open for no request, or for too long a one.
  server.server.closeAllConnections();
  await hangUp(server, latest);
  await closed;
  await service.dispose();
}

/** Cameras have been asked to close; those that do not are cut off. */
async function hangUp({ websocketServer: { clients } }: FastifyInstance, latest: number): Promise<void> {
  while (clients.size > 0 && performance.now() < latest) {
    await sleep(stopPoll);
  }
  for (const socket of clients) {
    socket.terminate();
  }
}
