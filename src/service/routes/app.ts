import type { FastifyInstance } from 'fastify';
import { systemClock } from '../../base/clock.ts';
import { ConfigError } from '../../model/errors.ts';
import { CLIENT_LIMITS, limitClients, type ClientLimits } from './client-limits.ts';
import { failureOf } from './failures.ts';
import { Inputs } from './inputs.ts';
import { jobRoutes } from './jobs.ts';
import type { RouteParts, ServerParts } from './parts.ts';
import { Readings } from './readings.ts';
import { FOR_EVERY_VERSION, serviceRoutes } from './service.ts';
import { startRoutes } from './start.ts';
import { streamRoutes } from './streams.ts';
import { JOB_SCHEMAS } from '../schemas/jobs.ts';
import { REQUEST_SCHEMAS } from '../schemas/requests.ts';
import { SERVICE_SCHEMAS } from '../schemas/service.ts';
import { STREAM_SCHEMAS } from '../schemas/streams.ts';
import { BYTES, MAX_HEADER_BYTES, VERSION_HEADER } from '../wire/protocol.ts';

/** Everything there is to serve, explicitly: each route, and for each what it takes and gives. */
export async function createApp(parts: ServerParts): Promise<FastifyInstance> {
  const limits = parts.limits ?? CLIENT_LIMITS;
  const app = await bareApp(limits);
  const shared: RouteParts = {
    ...parts,
    trouble: parts.trouble ?? (() => undefined),
    readings: new Readings(),
    inputs: new Inputs(systemClock),
  };
  limitClients(app, systemClock, limits);
  refuseOtherVersions(app, shared);
  answerErrors(app, shared);
  await describe(app, parts.version);
  jobRoutes(app, shared);
  startRoutes(app, shared);
  streamRoutes(app, shared);
  serviceRoutes(app, shared);
  await app.ready();
  return app;
}

async function bareApp({ idleMs, headersMs }: ClientLimits): Promise<FastifyInstance> {
  const { fastify } = await import('fastify');
  const app = fastify({
    // Nothing that is sent here is written anywhere.
    logger: false,
    exposeHeadRoutes: false,
    bodyLimit: MAX_BODY_BYTES,
    keepAliveTimeout: idleMs,
    // A stream of input is as slow as the hosts that take it.
    requestTimeout: 0,
    http: {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: headersMs,
      connectionsCheckingInterval: headersMs,
    },
    // Query strings hold text only, so it is made what the schema says; what the schema does not know is refused.
    ajv: { customOptions: { coerceTypes: 'array', removeAdditional: false, useDefaults: false } },
  });
  app.server.maxConnections = MAX_CONNECTIONS;
  // Answers are made from our own types, and a test holds them against their schemas.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.addContentTypeParser(BYTES, (_request, payload, done) => done(null, payload));
  const schemas = { ...JOB_SCHEMAS, ...STREAM_SCHEMAS, ...REQUEST_SCHEMAS, ...SERVICE_SCHEMAS };
  for (const [name, schema] of Object.entries(schemas)) app.addSchema({ $id: name, ...schema });
  return app;
}

function refuseOtherVersions(app: FastifyInstance, { version, trouble }: RouteParts): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header(VERSION_HEADER, version);
    const theirs = request.headers[VERSION_HEADER];
    if (theirs === undefined || theirs === version) return;
    if (FOR_EVERY_VERSION.has(request.routeOptions.url ?? '')) return;
    const message = `the controller that runs (pid ${process.pid}) is muster ${version}, and the client is another`;
    const { error } = failureOf(new ConfigError('service', message), trouble);
    await reply.code(426).send({ error, pid: process.pid, version });
  });
}

function answerErrors(app: FastifyInstance, { trouble }: RouteParts): void {
  app.setErrorHandler(async (thrown, _request, reply) => {
    // Its client has gone, which ended what it waited for: nobody is there to be told, and nothing is wrong.
    if (reply.raw.destroyed && thrown instanceof Error && thrown.name === 'AbortError') {
      reply.hijack();
      return;
    }
    const { status, error } = failureOf(thrown, trouble);
    await reply.code(status).send({ error });
  });
  app.setNotFoundHandler(async (_request, reply) => {
    const error = { code: 'usage', message: 'there is no such route', hint: null };
    await reply.code(404).send({ error });
  });
}

async function describe(app: FastifyInstance, version: string): Promise<void> {
  const { default: swagger } = await import('@fastify/swagger');
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'muster',
        description: 'The background controller, on its Unix socket.',
        version,
      },
    },
    refResolver: { buildLocalReference: ({ $id }) => (typeof $id === 'string' ? $id : 'unnamed') },
  });
}

const MAX_BODY_BYTES = 1024 * 1024;
const MAX_CONNECTIONS = 1024;
