import type { FastifyInstance } from 'fastify';
import { devices } from '../../runtime/devices';
import { version } from '../../version';
import { maxFrameBytes } from '../camera/limits';
import type { Service } from '../service';

const json = (description: string, properties: object) => ({ 200: { description, type: 'object', properties } });

/** What is asked about the server itself. */
export function addStateRoutes(server: FastifyInstance, service: Service): void {
  server.get(
    '/v1/devices',
    {
      schema: {
        summary: 'What networks can run on here, best first',
        tags: ['server'],
        response: json('The devices', { devices: { type: 'array', items: { type: 'object', additionalProperties: true } } }),
      },
    },
    async () => ({ devices: devices() }),
  );
  server.get(
    '/v1/limits',
    {
      schema: {
        summary: 'What the server takes',
        tags: ['server'],
        response: json('The limits', {
          maxBytes: { type: 'integer', description: 'Largest body, in bytes' },
          maxPixels: { type: 'integer', description: 'Largest picture, in pixels' },
          maxFrameBytes: { type: 'integer', description: "Largest frame of a camera's, in bytes" },
        }),
      },
    },
    async () => ({
      maxBytes: service.options.maxBytes,
      maxPixels: service.options.maxPixels,
      maxFrameBytes,
    }),
  );
  server.get(
    '/healthz',
    {
      schema: {
        summary: 'Whether the server is alive',
        tags: ['server'],
        response: json('It is', { status: { type: 'string', enum: ['ok'] }, version: { type: 'string' } }),
      },
    },
    async () => ({ status: 'ok', version }),
  );
  server.get(
    '/metrics',
    {
      schema: {
        summary: "The server's figures, for Prometheus",
        tags: ['server'],
        produces: ['text/plain'],
        response: { 200: { description: "Prometheus' text format", type: 'string' } },
      },
    },
    async (_request, reply) => reply.type(service.metrics.contentType).send(await service.metrics.text()),
  );
}
