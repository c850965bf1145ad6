import { homedir, userInfo } from 'node:os';
import { systemClock, type Clock } from './base/clock.ts';
import { InProcessController } from './controller/controller.ts';
import { userAccess, type Access } from './model/access.ts';
import { JOB_DEFAULTS } from './model/defaults.ts';
import type { JobDefinition, JobInput } from './model/definition.ts';
import { ConfigError } from './model/errors.ts';
import type { JobEvent, StateEvent } from './model/event.ts';
import type { JobSummary, JobView } from './model/job.ts';
import type {
  FollowOptions,
  HostedController,
  HostResult,
  JobController,
  Received,
  RemoveOptions,
  WaitOptions,
} from './model/ports/controller.ts';
import type { WorkKind, WorkSpec } from './model/ports/work.ts';
import { EVERY_JOB, type Found, type JobQuery, type ReceiveOptions } from './model/query.ts';
import type { ControllerStatus } from './model/status.ts';
import type { Target } from './model/target.ts';
import { createResultStore } from './results/result-store.ts';
import { createTransport } from './transport/transport.ts';
import { builtInKinds, commandSpec } from './work/kinds.ts';

export interface WiringOptions {
  /** How long an idle connection is kept for the next job, in milliseconds; 0: not at all. */
  readonly keepMs: number;
  /** Logins in flight at once over all jobs. Default 64. */
  readonly loginSlots?: number;
  /** Idle connections are not given up below `min`; no more than `max` are open at once, except for work under way. */
  readonly pool?: { readonly min: number; readonly max: number };
  readonly clock?: Clock;
  /** Told, once, of what is this machine's own trouble and no host's. */
  readonly warn?: (text: string) => void;
}

/** A controller with its real parts: the one place where ports meet their implementations. */
export function createController(options: WiringOptions): HostedController {
  const { clock = systemClock, keepMs, pool, warn } = options;
  return new InProcessController({
    clock,
    transport: createTransport({ clock, keepMs, ...(pool && { pool }), ...(warn && { warn }) }),
    results: createResultStore(),
    kinds: builtInKinds,
    loginSlots: options.loginSlots ?? 64,
    random: Math.random,
  });
}

export interface ControllerOptions {
  /** How to log in, where it differs from what `ssh` would do for this user without a configuration file. */
  readonly access?: Partial<Access>;
  /** How long an idle connection is kept for the next job, in milliseconds. Default 300,000; 0: not at all. */
  readonly keepMs?: number;
  /** Logins in flight at once over all jobs. Default 64. */
  readonly loginSlots?: number;
}

/** What to run, and where. Give `command` or `work`. */
export interface StartRequest extends Partial<
  Pick<
    JobDefinition,
    'fanout' | 'connectTimeoutMs' | 'timeoutMs' | 'retries' | 'okCodes' | 'graceMs'
  >
> {
  /** Node sets (`web[01-20]`), or targets made by the program. */
  readonly hosts: string | readonly string[] | readonly Target[];
  /** Run by each host's login shell, as it is. */
  readonly command?: string;
  /** Work of any registered kind. */
  readonly work?: WorkSpec;
  /** One for each host, in the same order: what its child works on. */
  readonly items?: readonly string[];
  /** What each command gets on its stdin: a file of this machine, or bytes made anew for each. */
  readonly input?: JobInput | (() => AsyncIterable<Uint8Array>) | null;
  /** 1: each phase of a login becomes a `verbose` record; 2: the SSH conversation `debug` records too. Default 0. */
  readonly verbosity?: 0 | 1 | 2;
  /** An inventory file (hosts.yaml) whose hosts and groups the node sets may name. */
  readonly inventory?: string;
  readonly user?: string;
  readonly port?: number;
  readonly name?: string;
  readonly access?: Partial<Access>;
  /** When it is aborted the job is stopped. */
  readonly signal?: AbortSignal;
}

/**
 * Runs jobs on many hosts from a program. Owns its jobs, their results and its connections: two controllers in one
 * process share nothing. Dispose of it (`await using`, or `dispose()`): it stops what runs and closes what is open.
 */
export class Controller implements AsyncDisposable {
  readonly #inner: HostedController;
  readonly #access: Access;

  constructor(options: ControllerOptions = {}) {
    this.#inner = createController({ ...options, keepMs: options.keepMs ?? 300_000 });
    const user = { home: homedir(), agent: process.env['SSH_AUTH_SOCK'] ?? null };
    this.#access = { ...userAccess(user), ...options.access };
  }

  /** Adds a kind of work of the program's own; jobs name it by `work: { kind }`. */
  register(kind: WorkKind): void {
    this.#inner.register(kind);
  }

  /** Makes a job and begins. Throws ConfigError before any host is touched. */
  async start(request: StartRequest): Promise<Job> {
    const definition: JobDefinition = {
      ...JOB_DEFAULTS,
      ...settings(request),
      work: workOf(request),
      targets: await targetsOf(request),
      access: { ...this.#access, ...request.access },
      items: request.items ?? null,
      name: request.name ?? null,
      input: inputOf(request.input ?? null),
      verbosity: request.verbosity ?? 0,
      keepMs: null,
    };
    const { signal } = request;
    const view = await this.#inner.start(definition, signal === undefined ? {} : { signal });
    return new Job(this.#inner, view.id, definition.access.agent);
  }

  /** Every job of this controller, by id. */
  async jobs(): Promise<readonly JobSummary[]> {
    const { jobs } = await this.#inner.find(EVERY_JOB);
    return jobs.filter((job) => job.parentId === null);
  }

  /** Jobs and child jobs by id, name and filters; what is not given is not asked about. */
  find(query: Partial<JobQuery> = {}): Promise<Found> {
    return this.#inner.find({ ...EVERY_JOB, ...query });
  }

  /** What is unread now of a job, or of one child. */
  receive(id: number, options?: ReceiveOptions): AsyncIterable<Received> {
    return this.#inner.receive(id, options);
  }

  /** Every change of state of every job from now on, until the signal is aborted. */
  changes(signal: AbortSignal): AsyncIterable<StateEvent> {
    return this.#inner.changes(signal);
  }

  status(): Promise<ControllerStatus> {
    return this.#inner.status();
  }

  /** Stops every job, waits for its end, closes every connection. */
  dispose(): Promise<void> {
    return this.#inner.dispose();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}

/** One parent job of a controller. */
export class Job {
  readonly id: number;
  readonly #controller: JobController;
  /** What its reruns log in with. */
  readonly #agent: string | null;

  constructor(controller: JobController, id: number, agent: string | null) {
    this.#controller = controller;
    this.id = id;
    this.#agent = agent;
  }

  /** The job and its children as they are now. */
  view(): Promise<JobView> {
    return this.#controller.job(this.id);
  }

  /** Every event in order, `end` last. Records taken here are freed, and a slow reader slows the hosts down. */
  events(options?: FollowOptions): AsyncIterable<JobEvent> {
    return this.#controller.follow(this.id, options);
  }

  /** The records as they come, of all hosts, until the job ends. Taken records are freed. */
  async *records(options?: FollowOptions): AsyncGenerator<Received, void> {
    for await (const event of this.events(options)) {
      if (event.event === 'record') {
        yield { ...event.record, host: event.host, childId: event.jobId };
      }
    }
  }

  /** What is unread now, children in target order. */
  receive(options?: ReceiveOptions): AsyncIterable<Received> {
    return this.#controller.receive(this.id, options);
  }

  /**
   * Resolves when the job is finished, Suspended or Disconnected, or Blocked: look at `state`. A failed job resolves too.
   * With `until: 'finished'` only finished and Blocked ones do.
   */
  wait(options: WaitOptions | AbortSignal = {}): Promise<JobView> {
    const given = options instanceof AbortSignal ? { signal: options } : options;
    return this.#controller.wait(this.id, given);
  }

  /** Stops the job; resolves when it is finished. */
  stop(): Promise<void> {
    return this.#controller.stop(this.id, 'the program');
  }

  /** Halts what runs, and holds back what is queued. Throws ConfigError `job-state` where a host's part cannot be halted. */
  suspend(): Promise<void> {
    return this.#controller.suspend(this.id);
  }

  resume(): Promise<void> {
    return this.#controller.resume(this.id);
  }

  /** Answers a question that a child of this job asks (`ChildView.question`). */
  answer(questionId: string, text: string): Promise<void> {
    return this.#controller.answer(this.id, questionId, text);
  }

  /** Runs the work of this finished job again, on those hosts; default: on all where it was not completed. */
  async rerun(hosts: readonly HostResult[] = NOT_COMPLETED): Promise<Job> {
    const view = await this.#controller.rerun({ id: this.id, hosts, agent: this.#agent });
    return new Job(this.#controller, view.id, this.#agent);
  }

  /** Forgets the finished job and its results; `force` stops it first. */
  remove(options?: RemoveOptions): Promise<void> {
    return this.#controller.remove(this.id, options);
  }
}

/** Only what was given: an undefined value must not hide a default. */
function settings(request: StartRequest): Partial<JobDefinition> {
  const { fanout, connectTimeoutMs, timeoutMs, retries, okCodes, graceMs } = request;
  const given = { fanout, connectTimeoutMs, timeoutMs, retries, okCodes, graceMs };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function inputOf(input: JobInput | (() => AsyncIterable<Uint8Array>) | null): JobInput | null {
  return typeof input === 'function' ? { kind: 'stream', open: input } : input;
}

function workOf(request: StartRequest): WorkSpec {
  if (request.work !== undefined && request.command === undefined) return request.work;
  if (request.command !== undefined && request.work === undefined) {
    return commandSpec(request.command);
  }
  throw new ConfigError('usage', 'a job needs a command or work, and not both');
}

async function targetsOf(request: StartRequest): Promise<readonly Target[]> {
  const hosts = typeof request.hosts === 'string' ? [request.hosts] : request.hosts;
  const expressions = hosts.filter((host) => typeof host === 'string');
  const targets = hosts.filter((host) => typeof host !== 'string');
  if (expressions.length === 0) return targets;
  const { emptyInventory, loadInventory, selectTargets } = await import('./targets/selection.ts');
  const { username, homedir: homeDirectory } = userInfo();
  const selection = await selectTargets({
    hosts: expressions,
    groups: [],
    all: false,
    hostsFiles: [],
    exclude: [],
    excludeGroups: [],
    maxHosts: JOB_DEFAULTS.maxHosts,
    allowEmpty: false,
    inventory:
      request.inventory === undefined ? emptyInventory : await loadInventory(request.inventory),
    overrides: {
      user: request.user ?? null,
      port: request.port ?? null,
      identities: [],
      jump: null,
    },
    defaults: { user: username, homeDirectory },
  });
  return [...selection.targets, ...targets];
}

const NOT_COMPLETED: readonly HostResult[] = ['failed', 'unreachable', 'stopped', 'never-started'];
