import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ConfigError } from '../../model/errors.ts';
import type { JobView } from '../../model/job.ts';
import type { HostedController } from '../../model/ports/controller.ts';
import { isFinished } from '../../model/state.ts';
import { UUID_PARAMETERS } from '../schemas/requests.ts';
import { ref } from '../schemas/schema.ts';
import { definitionFrom, type StartBody } from '../wire/definition.ts';
import { placesFault } from '../wire/targets.ts';
import { encodeEvent, encodeLine } from '../wire/encode.ts';
import { BYTES, CLIENT_GONE, FRAMES, NDJSON } from '../wire/protocol.ts';
import { wireJob } from '../wire/times.ts';
import { answers, startAnswers } from './answers.ts';
import { failureOf } from './failures.ts';
import { GivenPassphrases } from './passphrases.ts';
import type { RouteParts } from './parts.ts';
import { breakOff, formOf, openOutlet } from './streams.ts';

/** Starting jobs, and sending them their input. */
export function startRoutes(app: FastifyInstance, parts: RouteParts): void {
  app.route<{ Body: StartBody }>({
    method: 'POST',
    url: '/v1/jobs',
    bodyLimit: MAX_DEFINITION_BYTES,
    schema: {
      summary: 'start a job; an owned one answers with its events and ends with its client',
      body: ref('Start'),
      response: startAnswers,
    },
    handler: async (request, reply) => {
      const job = await start(request.body, parts);
      if (request.body.owned) await sendOwned(request, reply, job, parts);
      else await reply.send(wireJob(job));
    },
  });

  app.route<{ Params: { readonly id: string }; Body: AsyncIterable<unknown> }>({
    method: 'PUT',
    url: '/v1/inputs/:id',
    schema: {
      summary: 'what the commands of a job get on their standard input, taken as they want it',
      consumes: [BYTES],
      params: UUID_PARAMETERS,
      response: answers('Nothing'),
    },
    handler: async (request, reply) => {
      await parts.inputs.receive(request.params.id, request.body);
      // What is still to come is not wanted, and is not read to get at another request.
      if (!request.raw.complete) reply.header('connection', 'close');
      return {};
    },
  });
}

/** Settles when the job is finished, or forgotten. (A wait would end where it is Blocked.) */
async function finished(controller: HostedController, id: number): Promise<void> {
  const enough = new AbortController();
  const changes = controller.changes(enough.signal);
  try {
    if (isFinished((await controller.job(id)).state)) return;
    for await (const { jobId, to } of changes) if (jobId === id && isFinished(to)) return;
  } finally {
    enough.abort();
  }
}

async function start(body: StartBody, parts: RouteParts): Promise<JobView> {
  const fault = placesFault(body.definition);
  if (fault !== null) throw new ConfigError('usage', fault);
  const { controller, inputs } = parts;
  const passphrases = new GivenPassphrases(body.passphrases);
  const expected = inputs.expect(body.definition.input);
  try {
    const job = await controller.start(
      definitionFrom(body.definition, passphrases.ask, expected.input),
    );
    expected.begin(() => finished(controller, job.id));
    return job;
  } catch (error) {
    expected.forget();
    throw error;
  } finally {
    passphrases.erase();
  }
}

/** The job's events, until it has ended or its client is gone; then there is no such job any more. */
async function sendOwned(
  request: FastifyRequest,
  reply: FastifyReply,
  job: JobView,
  parts: RouteParts,
): Promise<void> {
  const form = formOf(request);
  const reading = parts.controller.openFollow(job.id);
  const outlet = openOutlet(reply, form === 'frames' ? FRAMES : NDJSON, parts);
  if (outlet.closed.aborted) reading.close();
  outlet.closed.addEventListener('abort', () => reading.close(), { once: true });
  try {
    await outlet.add(encodeLine({ job: wireJob(job) }));
    for await (const event of reading) {
      if (outlet.closed.aborted) break;
      await outlet.add(encodeEvent(event, form));
      if (event.event === 'record') reading.acknowledge(event.jobId, event.record.seq);
    }
    await outlet.flush();
  } catch (error) {
    await breakOff(outlet, error, parts);
  }
  await forget(job.id, parts);
  await outlet.end();
}

async function forget(id: number, { controller, trouble }: RouteParts): Promise<void> {
  try {
    await controller.stop(id, CLIENT_GONE);
    await controller.remove(id);
  } catch (error) {
    // Somebody has removed it before us.
    if (error instanceof ConfigError && error.code === 'no-such-job') return;
    trouble(`job ${id} could not be removed: ${failureOf(error, trouble).error.message}`);
  }
}

/** A hundred thousand targets, each with a fair amount of variables. */
const MAX_DEFINITION_BYTES = 256 * 1024 * 1024;
