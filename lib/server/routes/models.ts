import type { FastifyInstance } from 'fastify';
import { TASKS, type Task } from '../../models/description';
import { checkOneOf } from '../../options';
import { refusalOf } from '../errors';
import type { Service } from '../service';
import { choice, parseQuery, type Query, querySchema } from '../tasks/parameters';
import type { RunningTask } from '../tasks/served-task';
import { deviceParameter } from './model-parameters';
import { failures } from './schemas';

const offeredSchema = {
  type: 'object',
  properties: {
    name: { type: 'string' },
    task: { type: 'string', enum: TASKS },
    description: { type: 'string' },
    license: { type: 'string' },
    location: { type: 'string', enum: ['bundled', 'cached', 'available', 'given'] },
    bytes: { type: 'integer' },
    default: { type: 'boolean', description: 'Whether requests of its task use it unless they name another' },
    loaded: { type: 'array', description: 'Ids of the devices it is loaded for', items: { type: 'string' } },
  },
};

/** What `POST /v1/models/NAME/load` ends with. */
function describeLoaded({ task }: RunningTask) {
  const { name, preprocessing } = task.model;
  const { width: inputWidth, height: inputHeight } = preprocessing;
  return { name, device: task.device, inputWidth, inputHeight, labels: task.labels };
}

export function addModelRoutes(server: FastifyInstance, service: Service): void {
  server.get(
    '/v1/models',
    {
      schema: {
        summary: 'The models there are',
        description: 'Those whose location is available must be pulled on the server before they can be used.',
        tags: ['models'],
        response: {
          200: {
            description: 'The models',
            type: 'object',
            properties: { models: { type: 'array', items: offeredSchema } },
          },
        },
      },
    },
    async () => {
      const models = await service.catalog.list();
      const defaults = new Set(await Promise.all(TASKS.map(async (task) => (await service.catalog.find(task)).name)));
      const loadedFor = (name: string) => [
        ...new Set(service.loaded.filter((key) => key.name === name).map(({ device }) => device)),
      ];
      return { models: models.map((each) => ({ ...each, default: defaults.has(each.name), loaded: loadedFor(each.name) })) };
    },
  );
  addLoadRoute(server, service);
}

/** Lines of JSON: `{ loadedBytes, totalBytes }` while the file is read, then `{ model }` or `{ error }`. */
function addLoadRoute(server: FastifyInstance, service: Service): void {
  const parameters = [
    choice('task', TASKS, undefined, "What it is to be loaded for; the model's own task by default"),
    deviceParameter,
  ];
  const schema = {
    summary: 'Makes a model ready, and tells how far that is',
    description:
      'Requests load what they need by themselves; this is for those who want to see it happen. Answers with lines of JSON: ' +
      '{ loadedBytes, totalBytes } while the file is read, at last { model } or { error }.',
    tags: ['models'],
    params: { type: 'object', properties: { name: { type: 'string' } } },
    querystring: querySchema(parameters),
    response: {
      200: { description: 'Lines of JSON', content: { 'application/x-ndjson': { schema: { type: 'string' } } } },
      ...failures,
    },
  };
  server.post('/v1/models/:name/load', { schema }, async (request, reply) => {
    const { name } = request.params as { name: string };
    const { task, device } = parseQuery(parameters, request.query as Query) as {
      task?: string;
      device?: string;
    };
    const own = (await service.catalog.list()).find((each) => each.name === name)?.task;
    const wanted: Task = task === undefined ? (own ?? 'embed') : checkOneOf('task', task, TASKS);
    const key = await service.choose(wanted, { model: name, device });
    reply.hijack();
    const { raw } = reply;
    const say = (line: object) => raw.writable && raw.write(`${JSON.stringify(line)}\n`);
    raw.writeHead(200, { ...reply.getHeaders(), 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' } as Record<
      string,
      string
    >);
    try {
      const model = await service.load(key, describeLoaded, say);
      say({ model: { task: wanted, ...model } });
    } catch (error) {
      const { answer, unexpected } = refusalOf(error);
      if (unexpected) {
        service.options.onLog({ level: 'error', message: 'a model could not be loaded', error });
      }
      say(answer);
    }
    raw.end();
  });
}
