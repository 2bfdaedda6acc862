import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { version } from '../../version';

const cameraPath = {
  get: {
    tags: ['tasks'],
    summary: 'Frames of a camera over a WebSocket',
    description:
      'Query: task (classify, detect or segment) and the options of that task. Each binary message is the file of one picture, at most 4 MiB. ' +
      'Each text message that comes back is { frame, dropped, result } or { frame, dropped, error }: frame counts all messages from 0, ' +
      'dropped says how many were let go since the answer before, because newer ones had come.',
    responses: { 101: { description: 'The connection becomes a WebSocket' } },
  },
};

/** Describes the routes that are added after it. To be awaited. */
export async function addOpenApi(server: FastifyInstance): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'mobilenet-metal',
        description: 'MobileNet classification, detection, segmentation and embeddings of pictures',
        version,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      paths: { '/v1/camera': cameraPath },
      tags: [
        { name: 'tasks', description: 'What is done with pictures' },
        { name: 'models', description: 'The networks' },
        { name: 'server', description: 'The server itself' },
      ],
    },
  });
  server.get('/v1/openapi.json', { schema: { hide: true } }, async () => server.swagger());
}
