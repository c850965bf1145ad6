import type { FastifyInstance } from 'fastify';
import type { RerunRequest, WaitOptions } from '../../model/ports/controller.ts';
import type { JobQuery } from '../../model/query.ts';
import { EVERY_JOB } from '../../model/query.ts';
import * as requests from '../schemas/requests.ts';
import { ref } from '../schemas/schema.ts';
import { wireFound, wireJob, type WireFound, type WireJob } from '../wire/times.ts';
import { answers } from './answers.ts';
import { goneSignal } from './gone.ts';
import type { RouteParts } from './parts.ts';

interface ById {
  readonly Params: { readonly id: number };
}

/** Finding jobs, and everything that is done to one. */
export function jobRoutes(app: FastifyInstance, { controller, readings }: RouteParts): void {
  app.route<{ Querystring: Partial<JobQuery> }>({
    method: 'GET',
    url: '/v1/jobs',
    schema: {
      summary: 'jobs and child jobs by name, id and filters; without any, every parent',
      querystring: requests.JOB_QUERY,
      response: answers('Found'),
    },
    handler: async (request): Promise<WireFound> =>
      wireFound(await controller.find({ ...EVERY_JOB, ...request.query })),
  });

  app.route<ById & { Querystring: { readonly readings?: readonly string[] } }>({
    method: 'GET',
    url: '/v1/jobs/:id',
    schema: {
      summary: 'a parent with its children, by its own id or a child’s',
      params: requests.JOB_PARAMETERS,
      querystring: requests.VIEW_QUERY,
      response: answers('Job'),
    },
    handler: async (request): Promise<WireJob> => {
      const { id } = request.params;
      const { readings: ids } = request.query;
      const job =
        ids === undefined ? controller.job(id) : controller.jobAfter(id, readings.of(ids));
      return wireJob(await job);
    },
  });

  app.route<ById & { Querystring: { readonly force?: boolean } }>({
    method: 'DELETE',
    url: '/v1/jobs/:id',
    schema: {
      summary: 'forget a finished parent; with force, stop it first',
      params: requests.JOB_PARAMETERS,
      querystring: requests.REMOVE_QUERY,
      response: answers('Nothing'),
    },
    handler: async (request) => {
      await controller.remove(request.params.id, { force: request.query.force ?? false });
      return {};
    },
  });

  app.route<ById & { Querystring: Pick<WaitOptions, 'until'> }>({
    method: 'GET',
    url: '/v1/jobs/:id/wait',
    schema: {
      summary: 'answers when the job, or the child, is there: finished, or persistent',
      params: requests.JOB_PARAMETERS,
      querystring: requests.WAIT_QUERY,
      response: answers('Job'),
    },
    handler: async (request, reply): Promise<WireJob> => {
      const options = { ...request.query, signal: goneSignal(reply) };
      return wireJob(await controller.wait(request.params.id, options));
    },
  });

  app.route<ById & { Body: { readonly by: string } }>({
    method: 'POST',
    url: '/v1/jobs/:id/stop',
    schema: {
      summary: 'stop the job, or one child; answers when it is finished',
      params: requests.JOB_PARAMETERS,
      body: ref('Stop'),
      response: answers('Nothing'),
    },
    handler: async (request) => {
      await controller.stop(request.params.id, request.body.by);
      return {};
    },
  });

  for (const verb of ['suspend', 'resume'] as const) {
    app.route<ById>({
      method: 'POST',
      url: `/v1/jobs/:id/${verb}`,
      schema: {
        summary: `${verb} the job, or one child; answers when that is done`,
        params: requests.JOB_PARAMETERS,
        response: answers('Nothing'),
      },
      handler: async (request) => {
        await controller[verb](request.params.id);
        return {};
      },
    });
  }

  app.route<ById & { Body: Omit<RerunRequest, 'id'> }>({
    method: 'POST',
    url: '/v1/jobs/:id/rerun',
    schema: {
      summary: 'run the work of a finished job again, on those of its hosts that are named',
      params: requests.JOB_PARAMETERS,
      body: ref('Rerun'),
      response: answers('Job'),
    },
    handler: async (request): Promise<WireJob> =>
      wireJob(await controller.rerun({ id: request.params.id, ...request.body })),
  });

  app.route<ById & { Body: { readonly questionId: string; readonly text: string } }>({
    method: 'POST',
    url: '/v1/jobs/:id/answer',
    schema: {
      summary: 'answer a question that children of the job ask',
      params: requests.JOB_PARAMETERS,
      body: ref('Answer'),
      response: answers('Nothing'),
    },
    handler: async (request) => {
      const { questionId, text } = request.body;
      await controller.answer(request.params.id, questionId, text);
      return {};
    },
  });
}
