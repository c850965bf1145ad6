import { fastify, type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApp } from '../../src/service/routes/app.ts';
import { wireDefinition } from '../../src/service/wire/definition.ts';
import { NDJSON } from '../../src/service/wire/protocol.ts';
import type { RemoteController } from '../../src/service/service.ts';
import { hostedOnFakes, speak } from '../controller/contract-rig.ts';
import { definition } from '../controller/fakes.ts';
import { ask, serveHere, VERSION, type Served } from './server-rig.ts';

/** What of the document is looked at here. */
interface Document {
  readonly openapi: string;
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

interface Operation {
  readonly parameters?: readonly { readonly name: string }[];
  readonly requestBody?: object;
  readonly responses: Readonly<Record<string, { readonly content: Contents }>>;
}

type Contents = Readonly<Record<string, { readonly schema: object }>>;

/** Written down here once more, so that nothing is served that nobody meant to serve. */
const ROUTES = [
  'DELETE /v1/jobs/{id} force id',
  'GET /v1/events',
  'GET /v1/jobs after before command hasMoreData newest states terms',
  'GET /v1/jobs/{id} id readings',
  'GET /v1/jobs/{id}/events held hosts id keep streams',
  'GET /v1/jobs/{id}/records held hosts id keep streams',
  'GET /v1/jobs/{id}/wait id until',
  'GET /v1/openapi.json',
  'GET /v1/status',
  'POST /v1/controller/stop +body',
  'POST /v1/jobs +body',
  'POST /v1/jobs/{id}/answer +body id',
  'POST /v1/jobs/{id}/rerun +body id',
  'POST /v1/jobs/{id}/resume id',
  'POST /v1/jobs/{id}/stop +body id',
  'POST /v1/jobs/{id}/suspend id',
  'POST /v1/readings/{id}/acknowledge +body id',
  'PUT /v1/inputs/{id} id',
];

describe('the OpenAPI document', () => {
  const [hosted] = hostedOnFakes(speak('hello', 'again'));
  let served: Served;
  let client: RemoteController;
  let document: Document;
  let checker: Checker;

  beforeAll(async () => {
    served = await serveHere(hosted);
    client = await served.client();
    document = JSON.parse((await served.ask('GET', '/v1/openapi.json')).text) as Document;
    checker = await createChecker(document);
  });
  afterAll(async () => {
    await checker.close();
    await hosted.dispose();
    await served.close();
  });

  test('is of OpenAPI 3.1 and of this version', () => {
    expect([document.openapi, document.info.version]).toEqual(['3.1.0', VERSION]);
  });

  test('has exactly these operations, parameters and bodies', () => {
    const described = operations(document).map(({ name, operation }) => {
      const parameters = (operation.parameters ?? []).map((parameter) => parameter.name);
      if (operation.requestBody !== undefined) parameters.push('+body');
      return [name, ...parameters.sort()].join(' ');
    });
    expect(described.sort()).toEqual(ROUTES);
  });

  test('has every route that is registered, and nothing else', async () => {
    const app = await createApp({
      controller: hosted,
      version: VERSION,
      serviceStatus: () => client.serviceStatus(),
      shutdown: () => Promise.resolve(),
    });
    const registered = routesOf(app);
    await app.close();
    expect(registered).toEqual(
      operations(document)
        .map(({ name }) => name)
        .sort(),
    );
  });

  test('has schemas for what each operation takes and gives', () => {
    for (const { name, operation } of operations(document)) {
      const { responses } = operation;
      expect([name, Object.keys(responses)]).toEqual([
        name,
        expect.arrayContaining(name.endsWith('openapi.json') ? ['200'] : ['200', '4XX', '5XX']),
      ]);
    }
  });

  test('describes what the server answers', async () => {
    const { id } = await client.start(definition(['a', 'b']));
    await client.wait(id);
    const body = { definition: wireDefinition(definition(['c']), ''), owned: false };
    const asked = [
      ['GET /v1/status', '/v1/status', '200'],
      ['GET /v1/jobs', '/v1/jobs?terms=*&terms=2', '200'],
      ['GET /v1/jobs', '/v1/jobs?states=Nowhere', '4XX'],
      ['GET /v1/jobs/{id}', `/v1/jobs/${id}`, '200'],
      ['GET /v1/jobs/{id}', '/v1/jobs/99', '4XX'],
      ['GET /v1/jobs/{id}/wait', `/v1/jobs/${id}/wait`, '200'],
      ['POST /v1/jobs/{id}/stop', `/v1/jobs/${id}/stop`, '200', { by: 'a test' }],
      ['POST /v1/jobs/{id}/resume', `/v1/jobs/${id}/resume`, '4XX'],
      ['POST /v1/jobs', '/v1/jobs', '200', { ...body, passphrases: {} }],
      ['POST /v1/jobs', '/v1/jobs', '4XX', body],
      ['DELETE /v1/jobs/{id}', `/v1/jobs/${id}?force=true`, '200'],
    ] as const;
    for (const [name, path, status, sent] of asked) {
      const [method = ''] = name.split(' ');
      const answer = await served.ask(method, path, { body: sent });
      expect([name, answer.status >= 400 ? '4XX' : '200']).toEqual([name, status]);
      expect([name, await checker.check(name, status, JSON_TYPE, answer.text)]).toEqual([name, '']);
    }
    const other = await served.ask('GET', '/v1/jobs/1', { headers: { 'muster-version': '0' } });
    expect(other.status).toBe(426);
    expect(await checker.check('GET /v1/jobs/{id}', '426', JSON_TYPE, other.text)).toBe('');
    expect(served.troubles).toEqual([]);
  });

  test('describes every line of its streams', async () => {
    const { id } = await client.start(definition(['a', 'b']));
    await client.wait(id);
    const body = { definition: wireDefinition(definition(['a']), ''), passphrases: {} };
    const streams = [
      ['GET /v1/jobs/{id}/records', `/v1/jobs/${id}/records?keep=true`, 5],
      ['GET /v1/jobs/{id}/events', `/v1/jobs/${id}/events?keep=true`, 10],
      ['POST /v1/jobs', '/v1/jobs', 6],
    ] as const;
    for (const [name, path, least] of streams) {
      const [method = ''] = name.split(' ');
      const sent = method === 'POST' ? { body: { ...body, owned: true } } : {};
      const lines = (await served.ask(method, path, sent)).text.trimEnd().split('\n');
      expect([name, lines.length >= least]).toEqual([name, true]);
      for (const line of lines) {
        expect([line, await checker.check(name, '200', NDJSON, line)]).toEqual([line, '']);
      }
    }
  });

  test('describes no other things: what is no job is not taken for one', async () => {
    const check = (text: string) => checker.check('GET /v1/jobs/{id}', '200', JSON_TYPE, text);
    expect(await check('{"id":1}')).toContain('must have required property');
    const job = await ask(served.paths.socket, 'GET', '/v1/jobs?newest=1');
    expect(await check(job.text)).not.toBe('');
  });
});

function operations(document: Document): { name: string; operation: Operation }[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      operation,
    })),
  );
}

/** Fastify's own list of its routes, in the document's spelling. */
function routesOf(app: FastifyInstance): readonly string[] {
  const path: string[] = [];
  const found: string[] = [];
  for (const line of app.printRoutes({ commonPrefix: false }).split('\n')) {
    const match = /^(?<indent>[│ ]*)[├└]── (?<part>\S+)(?: \((?<methods>.+)\))?/u.exec(line);
    if (match?.groups === undefined) continue;
    const { indent = '', part = '', methods } = match.groups;
    path.length = indent.length / 4;
    path.push(part);
    const whole = path.join('').replaceAll(':id', '{id}');
    for (const method of methods?.split(', ') ?? []) found.push(`${method} ${whole}`);
  }
  return found.sort();
}

interface Checker {
  /** Why the text is not what the document says; empty: it is. */
  check(name: string, status: string, type: string, text: string): Promise<string>;
  close(): Promise<void>;
}

/** A server of its own that takes as a body whatever the document says is an answer. */
async function createChecker(document: Document): Promise<Checker> {
  const app = fastify({
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } },
  });
  for (const [name, schema] of Object.entries(document.components.schemas)) {
    app.addSchema({ ...withRefs(schema), $id: name });
  }
  const urls = new Map<string, string>();
  for (const { name, operation } of operations(document)) {
    for (const [status, { content }] of Object.entries(operation.responses)) {
      for (const [type, { schema }] of Object.entries(content)) {
        const url = `/${urls.size}`;
        urls.set([name, status, type].join(' | '), url);
        app.post(url, { schema: { body: withRefs(schema) } }, () => Promise.resolve(''));
      }
    }
  }
  await app.ready();
  return {
    check: async (name, status, type, payload) => {
      const url = urls.get([name, status, type].join(' | '));
      if (url === undefined) throw new Error(`the document has no ${name} ${status} ${type}`);
      const headers = { 'content-type': JSON_TYPE };
      const { statusCode, body } = await app.inject({ method: 'POST', url, headers, payload });
      return statusCode === 200 ? '' : body;
    },
    close: () => app.close(),
  };
}

function withRefs(schema: object): object {
  const text = JSON.stringify(schema);
  return JSON.parse(text.replaceAll(/#\/components\/schemas\/(\w+)/gu, '$1#')) as object;
}

const JSON_TYPE = 'application/json';
