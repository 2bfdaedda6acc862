import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { readPicture } from '../bodies/read-picture';
import type { Service } from '../service';
import { servedTasks } from '../tasks';
import type { Query } from '../tasks/parameters';
import type { ServedTask } from '../tasks/served-task';
import { chooseRun, taskQuerySchema } from './choose-run';
import { clientGone } from './client-gone';
import { failures, resultSchema } from './schemas';

const picture = { type: 'string', format: 'binary' };
const body = {
  content: {
    'application/octet-stream': { schema: picture },
    'image/*': { schema: picture },
    'multipart/form-data': { schema: { type: 'object', required: ['image'], properties: { image: picture } } },
  },
};

/** What comes back: JSON and, of a task that can answer so, a picture. */
function successOf(task: ServedTask) {
  const json = { schema: { type: 'object', properties: { ...task.answer, ...resultSchema } } };
  return {
    description: 'The result',
    content: { 'application/json': json, ...(task.png && { 'image/png': { schema: picture } }) },
  };
}

/** `POST /v1/classify` and its like. */
export function addTaskRoutes(server: FastifyInstance, service: Service): void {
  for (const task of Object.values(servedTasks)) {
    const schema = {
      summary: task.summary,
      description:
        'The body is the picture: a JPEG, PNG, WebP, GIF, TIFF, AVIF, SVG or BMP file, raw or as the one file of a form.',
      tags: ['tasks'],
      body,
      querystring: taskQuerySchema(task),
      response: { 200: successOf(task), ...failures },
    };
    server.post(`/v1/${task.name}`, { schema }, (request, reply) => answer(task, { request, reply, service }));
  }
}

interface Exchange {
  request: FastifyRequest;
  reply: FastifyReply;
  service: Service;
}

async function answer(task: ServedTask, { request, reply, service }: Exchange) {
  const { maxBytes, receiveTimeout: seconds } = service.options;
  // All that can be refused is refused before the body is read.
  const { key, options } = await chooseRun(service, task, request.query as Query);
  service.turns.check();
  const signal = clientGone(reply);
  const { bytes, name, release } = await readPicture(request, { maxBytes, memory: service.bodyMemory, seconds });
  try {
    const result = await service.run(key, { bytes, name }, options, signal);
    return 'png' in result ? reply.type('image/png').send(Buffer.from(result.png)) : result.json;
  } finally {
    release();
  }
}
