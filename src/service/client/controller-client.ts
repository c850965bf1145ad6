import { delay, systemClock } from '../../base/clock.ts';
import { errorCode } from '../../base/system-error.ts';
import type { JobDefinition } from '../../model/definition.ts';
import { ConfigError } from '../../model/errors.ts';
import type { JobEvent, StateEvent } from '../../model/event.ts';
import type { JobView } from '../../model/job.ts';
import type {
  FollowOptions,
  Received,
  RemoveOptions,
  RerunRequest,
  StartOptions,
  WaitOptions,
} from '../../model/ports/controller.ts';
import type { Found, JobQuery, ReceiveOptions } from '../../model/query.ts';
import type { ControllerStatus } from '../../model/status.ts';
import type {
  HeldReading,
  RemoteController,
  ServicePaths,
  ServiceStatus,
  ShutdownRequest,
} from '../service.ts';
import type { AcknowledgeRequest } from '../wire/protocol.ts';
import { queryString, readingsString, receiveString } from '../wire/query.ts';
import { foundFrom, jobFrom, type WireFound, type WireJob } from '../wire/times.ts';
import { decodeEvent, decodeReceived } from './decode.ts';
import { FrameStream } from './frame-stream.ts';
import { RemoteHeldReading, type HeldParts } from './held-reading.ts';
import { RemoteChanges } from './remote-changes.ts';
import { RemoteReading, type ReadingParts } from './remote-reading.ts';
import type { Method, RequestOptions, Requests } from './requests.ts';
import { OwnJobs } from './own-jobs.ts';

/** The controller's face, each call a request on its socket. */
export class ControllerClient implements RemoteController {
  readonly paths: ServicePaths;
  readonly #requests: Requests;
  readonly #pid: number;
  readonly #own: OwnJobs;
  /** Streams that have been asked for: what comes after them must not overtake them. */
  #opening: Promise<unknown> = Promise.resolve();

  constructor(paths: ServicePaths, requests: Requests, pid: number) {
    this.paths = paths;
    this.#requests = requests;
    this.#pid = pid;
    this.#own = new OwnJobs(requests);
  }

  async start(definition: JobDefinition, options: StartOptions = {}): Promise<JobView> {
    await this.#opening;
    return this.#own.start(definition, options);
  }

  rerun({ id, hosts, agent, audit }: RerunRequest): Promise<JobView> {
    return this.#job('POST', `/v1/jobs/${id}/rerun`, {
      body: { hosts, agent, audit: audit ?? null },
    });
  }

  async find(query: JobQuery): Promise<Found> {
    return foundFrom(await this.#call<WireFound>('GET', `/v1/jobs${queryString(query)}`));
  }

  job(id: number): Promise<JobView> {
    return this.#job('GET', `/v1/jobs/${id}`);
  }

  wait(id: number, { until = 'persistent', signal }: WaitOptions = {}): Promise<JobView> {
    return this.#job('GET', `/v1/jobs/${id}/wait?until=${until}`, { signal });
  }

  follow(id: number, options: FollowOptions = {}): AsyncIterable<JobEvent> {
    const { keep = false, streams = null, hosts = null, signal } = options;
    const isWhole = !keep && streams === null && hosts === null;
    const own = isWhole ? this.#own.take(id, signal) : null;
    if (own !== null) return own;
    return this.#read({
      open: () => this.#stream(`/v1/jobs/${id}/events${receiveString(options)}`),
      decode: decodeEvent,
      record: (event) =>
        event.event === 'record'
          ? { childId: event.jobId, seq: event.record.seq, bytes: event.record.data.byteLength }
          : null,
      signal,
    });
  }

  receive(id: number, options: ReceiveOptions = {}): AsyncIterable<Received> {
    return this.#read({
      open: () => this.#stream(`/v1/jobs/${id}/records${receiveString(options)}`),
      decode: decodeReceived,
      record: ({ childId, seq, data }) => ({ childId, seq, bytes: data.byteLength }),
      signal: undefined,
    });
  }

  followHeld(id: number, options: ReceiveOptions = {}): HeldReading<JobEvent> {
    return this.#hold(`/v1/jobs/${id}/events${receiveString(options, true)}`, decodeEvent);
  }

  receiveHeld(id: number, options: ReceiveOptions = {}): HeldReading<Received> {
    return this.#hold(`/v1/jobs/${id}/records${receiveString(options, true)}`, decodeReceived);
  }

  jobAfter(id: number, readings: readonly HeldReading<unknown>[]): Promise<JobView> {
    const ids = readings.flatMap((reading) => reading.id ?? []);
    return this.#job('GET', `/v1/jobs/${id}${readingsString(ids)}`);
  }

  changes(signal: AbortSignal): AsyncIterable<StateEvent> {
    const opened = this.#stream('/v1/events');
    this.#opening = opened.catch(() => undefined);
    return new RemoteChanges(opened, signal);
  }

  async stop(id: number, by: string): Promise<void> {
    await this.#call('POST', `/v1/jobs/${id}/stop`, { body: { by } });
  }

  async suspend(id: number): Promise<void> {
    await this.#call('POST', `/v1/jobs/${id}/suspend`);
  }

  async resume(id: number): Promise<void> {
    await this.#call('POST', `/v1/jobs/${id}/resume`);
  }

  async answer(id: number, questionId: string, text: string): Promise<void> {
    await this.#call('POST', `/v1/jobs/${id}/answer`, { body: { questionId, text } });
  }

  async remove(id: number, { force = false }: RemoveOptions = {}): Promise<void> {
    await this.#call('DELETE', `/v1/jobs/${id}${force ? '?force=true' : ''}`);
  }

  async status(): Promise<ControllerStatus> {
    const { connections, jobs, bytesHeld, bytesSpilled, queued, durable, forgetting } =
      await this.serviceStatus();
    return { connections, jobs, bytesHeld, bytesSpilled, queued, durable, forgetting };
  }

  serviceStatus(): Promise<ServiceStatus> {
    return this.#call('GET', '/v1/status');
  }

  async shutdown({ stopJobs, detach }: ShutdownRequest): Promise<void> {
    await this.#call('POST', '/v1/controller/stop', { body: { stopJobs, detach } });
    while (await this.#answers()) await delay(systemClock, LOOK_MS);
    const until = systemClock.monotonic() + END_MS;
    while (isAlive(this.#pid) && systemClock.monotonic() < until) {
      await delay(systemClock, LOOK_MS);
    }
  }

  async dispose(): Promise<void> {
    try {
      await this.#own.dispose();
    } finally {
      this.#requests.close();
    }
  }

  async #job(method: Method, path: string, options?: RequestOptions): Promise<JobView> {
    return jobFrom(await this.#call<WireJob>(method, path, options));
  }

  async #call<T>(method: Method, path: string, options?: RequestOptions): Promise<T> {
    await this.#opening;
    return this.#requests.call<T>(method, path, options);
  }

  async #stream(path: string): Promise<FrameStream> {
    await this.#opening;
    return new FrameStream(await this.#requests.open('GET', path));
  }

  #read<T>(parts: Omit<ReadingParts<T>, 'acknowledge'>): AsyncIterable<T> {
    return new RemoteReading({ ...parts, acknowledge: (...told) => this.#acknowledge(...told) });
  }

  #hold<T>(path: string, decode: HeldParts<T>['decode']): HeldReading<T> {
    const open = (): Promise<FrameStream> => this.#stream(path);
    const acknowledge = this.#acknowledge.bind(this);
    return new RemoteHeldReading({ open, decode, acknowledge });
  }

  async #acknowledge(reading: string, body: AcknowledgeRequest): Promise<void> {
    await this.#requests.call('POST', `/v1/readings/${reading}/acknowledge`, { body });
  }

  async #answers(): Promise<boolean> {
    try {
      await this.serviceStatus();
      return true;
    } catch (error) {
      if (error instanceof ConfigError && error.code === 'service') return false;
      throw error;
    }
  }
}

/** A process that was not collected by its parent is none any more, but looks like one. */
function isAlive(pid: number): boolean {
  try {
    return pid !== process.pid && process.kill(pid, 0);
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return false;
    throw error;
  }
}

const LOOK_MS = 10;
/** From its last answer to the end of its process. */
const END_MS = 2000;
