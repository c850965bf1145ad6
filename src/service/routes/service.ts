import type { FastifyInstance } from 'fastify';
import { anyObject, ref } from '../schemas/schema.ts';
import type { ServiceStatus, ShutdownRequest } from '../service.ts';
import { answers } from './answers.ts';
import type { RouteParts } from './parts.ts';

/** These answer clients of every version: so that a controller can be asked who it is, and ended. */
export const FOR_EVERY_VERSION: ReadonlySet<string> = new Set([
  '/v1/status',
  '/v1/controller/stop',
  '/v1/openapi.json',
]);

/** What concerns the controller as a whole. */
export function serviceRoutes(app: FastifyInstance, parts: RouteParts): void {
  app.route({
    method: 'GET',
    url: '/v1/status',
    schema: { summary: 'how the controller is doing', response: answers('Status') },
    handler: (): Promise<ServiceStatus> => parts.serviceStatus(),
  });

  app.route<{ Body: ShutdownRequest }>({
    method: 'POST',
    url: '/v1/controller/stop',
    schema: {
      summary: 'end the controller, and with it its results',
      body: ref('StopController'),
      response: answers('Nothing'),
    },
    handler: async (request, reply) => {
      await parts.shutdown(request.body);
      reply.header('connection', 'close');
      return {};
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/openapi.json',
    schema: {
      summary: 'this document',
      response: { 200: { description: 'OpenAPI 3.1', ...anyObject } },
    },
    handler: () => app.swagger(),
  });
}
