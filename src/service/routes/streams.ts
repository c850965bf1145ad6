import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Reading } from '../../model/ports/controller.ts';
import type { ReceiveOptions } from '../../model/query.ts';
import type { StreamName } from '../../model/record.ts';
import * as requests from '../schemas/requests.ts';
import { ref } from '../schemas/schema.ts';
import {
  encodeEvent,
  encodeLine,
  encodeReceived,
  type Encoded,
  type Form,
} from '../wire/encode.ts';
import {
  FRAMES,
  NDJSON,
  VERSION_HEADER,
  type Acknowledgement,
  type AcknowledgeRequest,
  type ReadingLine,
  type SentLine,
} from '../wire/protocol.ts';
import { NOTHING } from '../wire/query.ts';
import { wireState } from '../wire/times.ts';
import { answers, streams } from './answers.ts';
import { failureOf } from './failures.ts';
import { Outlet } from './outlet.ts';
import type { RouteParts } from './parts.ts';

interface ReadRoute {
  readonly Params: { readonly id: number };
  readonly Querystring: ReadQuery;
}

interface ReadQuery {
  readonly keep?: boolean;
  readonly held?: boolean;
  readonly streams?: readonly (StreamName | typeof NOTHING)[];
  readonly hosts?: readonly string[];
}

/** Records and events of one job, acknowledging them, and the changes of all jobs. */
export function streamRoutes(app: FastifyInstance, parts: RouteParts): void {
  const { controller, readings } = parts;

  app.route<ReadRoute>({
    method: 'GET',
    url: '/v1/jobs/:id/records',
    schema: {
      summary: 'what is unread now, children in target order',
      params: requests.JOB_PARAMETERS,
      querystring: requests.RECEIVE_QUERY,
      response: streams('ReceiveLine'),
    },
    handler: async (request, reply) => {
      const reading = controller.openReceive(request.params.id, optionsOf(request.query));
      await sendReading(request, reply, parts, {
        reading,
        query: request.query,
        encode: encodeReceived,
        record: ({ childId, seq }) => ({ childId, seq }),
      });
    },
  });

  app.route<ReadRoute>({
    method: 'GET',
    url: '/v1/jobs/:id/events',
    schema: {
      summary: 'the events of one parent from its start, then as they come; its end is the last',
      params: requests.JOB_PARAMETERS,
      querystring: requests.RECEIVE_QUERY,
      response: streams('FollowLine'),
    },
    handler: async (request, reply) => {
      const reading = controller.openFollow(request.params.id, optionsOf(request.query));
      await sendReading(request, reply, parts, {
        reading,
        query: request.query,
        encode: encodeEvent,
        record: (event) =>
          event.event === 'record' ? { childId: event.jobId, seq: event.record.seq } : null,
      });
    },
  });

  app.route<{ Params: { readonly id: string }; Body: AcknowledgeRequest }>({
    method: 'POST',
    url: '/v1/readings/:id/acknowledge',
    schema: {
      summary:
        'what was read is used up, and freed; or nothing more is wanted, or the reading ends',
      params: requests.UUID_PARAMETERS,
      body: ref('Acknowledge'),
      response: answers('Nothing'),
    },
    handler: (request) => {
      // One that has ended meanwhile needs no acknowledgement: its job is gone, or its connection.
      readings.acknowledge(request.params.id, request.body);
      return Promise.resolve({});
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/events',
    schema: {
      summary: 'every change of state of every job from now on; a slow reader misses some',
      response: streams('ChangeLine'),
    },
    handler: async (_request, reply) => {
      const outlet = openOutlet(reply, NDJSON, parts);
      const changes = controller.changes(outlet.closed)[Symbol.asyncIterator]();
      // Asked for before the client hears that it is listened for.
      let next = changes.next();
      outlet.begin();
      try {
        for (let change = await next; change.done !== true; change = await next) {
          await outlet.add(encodeLine(wireState(change.value)));
          if (outlet.closed.aborted) return;
          next = changes.next();
        }
        await outlet.end();
      } catch (error) {
        await breakOff(outlet, error, parts);
      }
    },
  });
}

interface Source<T> {
  readonly reading: Reading<T>;
  readonly query: ReadQuery;
  encode(item: T, form: Form): Encoded;
  /** What there is to acknowledge of an item. */
  record(item: T): Acknowledgement | null;
}

async function sendReading<T>(
  request: FastifyRequest,
  reply: FastifyReply,
  parts: RouteParts,
  source: Source<T>,
): Promise<void> {
  const form = formOf(request);
  const outlet = openOutlet(reply, form === 'frames' ? FRAMES : NDJSON, parts);
  const opened = parts.readings.add(source.reading);
  if (outlet.closed.aborted) opened.close();
  outlet.closed.addEventListener('abort', () => opened.close(), { once: true });
  const { keep = false, held = false } = source.query;
  const first: ReadingLine = { reading: keep ? null : opened.id };
  const last: SentLine = { sent: true };
  try {
    await outlet.add(encodeLine(first));
    // Not by a loop over it, which would close it: what it has may be acknowledged long after it is over.
    const items = source.reading[Symbol.asyncIterator]();
    for (let item = await items.next(); item.done !== true; item = await items.next()) {
      if (opened.isOver) break;
      const record = keep ? null : source.record(item.value);
      if (record !== null) opened.sent(record);
      await outlet.add(source.encode(item.value, form));
    }
    if (held) await outlet.add(encodeLine(last));
    await outlet.flush();
    await opened.settled();
    await outlet.end();
  } catch (error) {
    await breakOff(outlet, error, parts);
  } finally {
    opened.close();
  }
}

/** From here on the response is ours. */
export function openOutlet(reply: FastifyReply, type: string, { version }: RouteParts): Outlet {
  reply.hijack();
  return new Outlet(reply.raw, { 'content-type': type, [VERSION_HEADER]: version });
}

export function formOf(request: FastifyRequest): Form {
  return request.headers.accept === FRAMES ? 'frames' : 'lines';
}

/** Too late for a status: the error is the last line. */
export async function breakOff(outlet: Outlet, error: unknown, parts: RouteParts): Promise<void> {
  if (outlet.closed.aborted) return;
  await outlet.add(encodeLine({ error: failureOf(error, parts.trouble).error }));
  await outlet.end();
}

function optionsOf({ keep, streams, hosts }: ReadQuery): ReceiveOptions {
  return {
    keep: keep ?? false,
    streams: streams?.filter((stream) => stream !== NOTHING) ?? null,
    hosts: hosts?.filter((host) => host !== NOTHING) ?? null,
  };
}
