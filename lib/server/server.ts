import type { AddressInfo } from 'node:net';
import fastify, { type FastifyInstance } from 'fastify';
import { MobileNetError } from '../errors';
import { addGuard } from './access/guard';
import { inAddress } from './access/hosts';
import { addBodies } from './bodies/read-picture';
import { refusalOf } from './errors';
import { Catalog } from './models/catalog';
import { type CheckedOptions, checkServerOptions, type ServerOptions } from './options';
import { addRefusals } from './refusals';
import { addCameraRoute, addWebSockets } from './routes/camera';
import { addModelRoutes } from './routes/models';
import { addOpenApi } from './routes/openapi';
import { addPage } from './routes/page';
import { addStateRoutes } from './routes/state';
import { addTaskRoutes } from './routes/tasks';
import { Service } from './service';
import { stopServer, watchRequests } from './stopping';
import { refuseUnreadable } from './unreadable';

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
      stopping ??= stopServer(server, requests.idle, checked.stopTimeout).then(() => service.dispose());
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
    clientErrorHandler: (error, socket) => refuseUnreadable(error, socket, receiveTimeout),
    // Refused by a hook instead, in the form that all refusals have.
    return503OnClosing: false,
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

async function listen(server: FastifyInstance, { host, port }: CheckedOptions): Promise<void> {
  const freePort = 'a free port for port';
  const ownAddress = 'an address of this machine for host';
  const failures: Record<string, [expected: string, found: string]> = {
    EADDRINUSE: [freePort, `another program listens on port ${port}`],
    EACCES: [freePort, `this user may not listen on port ${port}`],
    EADDRNOTAVAIL: [ownAddress, `it has no such address as ${host}`],
    ENOTFOUND: [ownAddress, `there is no host called ${host}`],
  };
  try {
    await server.listen({ host, port });
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    const [expected, found] = failures[code] ?? [freePort, message];
    throw new MobileNetError('ERR_INVALID_OPTION', `expected ${expected} but ${found}`, { cause });
  }
}
