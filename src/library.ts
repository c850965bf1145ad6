import { homedir, userInfo } from 'node:os';
import { systemClock, type Clock } from './base/clock.ts';
import { InProcessController } from './controller/controller.ts';
import { userAccess, type Access } from './model/access.ts';
import { JOB_DEFAULTS } from './model/defaults.ts';
import type { JobDefinition } from './model/definition.ts';
import { ConfigError } from './model/errors.ts';
import type { JobEvent } from './model/event.ts';
import type { JobView } from './model/job.ts';
import type { JobController, Received, ReceiveOptions } from './model/ports/controller.ts';
import type { WorkKind, WorkSpec } from './model/ports/work.ts';
import type { Target } from './model/target.ts';
import { createResultStore } from './results/result-store.ts';
import { createTransport } from './transport/transport.ts';
import { builtInKinds, commandSpec } from './work/kinds.ts';

export interface WiringOptions {
  /** How long an idle connection is kept for the next job, in milliseconds; 0: not at all. */
  readonly keepMs: number;
  /** Logins in flight at once over all jobs. Default 64. */
  readonly loginSlots?: number;
  readonly clock?: Clock;
  /** Told, once, of what is this machine's own trouble and no host's. */
  readonly warn?: (text: string) => void;
}

/** A controller with its real parts: the one place where ports meet their implementations. */
export function createController(options: WiringOptions): JobController {
  const { clock = systemClock, warn } = options;
  return new InProcessController({
    clock,
    transport: createTransport({ clock, keepMs: options.keepMs, ...(warn && { warn }) }),
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
    'fanout' | 'connectTimeoutMs' | 'timeoutMs' | 'retries' | 'okCodes' | 'graceMs' | 'input'
  >
> {
  /** Node sets (`web[01-20]`), or targets made by the program. */
  readonly hosts: string | readonly string[] | readonly Target[];
  /** Run by each host's login shell, as it is. */
  readonly command?: string;
  /** Work of any registered kind. */
  readonly work?: WorkSpec;
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
  readonly #inner: JobController;
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
      name: request.name ?? null,
      input: request.input ?? null,
      trace: false,
    };
    const view = await this.#inner.start(definition, request.signal);
    return new Job(this.#inner, view.id);
  }

  /** Every job of this controller, by id. */
  jobs(): Promise<readonly JobView[]> {
    return this.#inner.jobs();
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

  constructor(controller: JobController, id: number) {
    this.#controller = controller;
    this.id = id;
  }

  /** The job and its children as they are now. */
  view(): Promise<JobView> {
    return this.#controller.job(this.id);
  }

  /** Every event in order, `end` last. Records taken here are freed, and a slow reader slows the hosts down. */
  events(): AsyncIterable<JobEvent> {
    return this.#controller.follow(this.id);
  }

  /** The records as they come, of all hosts, until the job ends. Taken records are freed. */
  async *records(): AsyncGenerator<Received, void> {
    for await (const event of this.events()) {
      if (event.event === 'record') {
        yield { ...event.record, host: event.host, childId: event.jobId };
      }
    }
  }

  /** What is unread now, children in target order. */
  receive(options?: ReceiveOptions): AsyncIterable<Received> {
    return this.#controller.receive(this.id, options);
  }

  /** Resolves when the job is finished. A failed job resolves too: look at `state`. */
  wait(signal?: AbortSignal): Promise<JobView> {
    return this.#controller.wait(this.id, signal);
  }

  /** Stops the job; resolves when it is finished. */
  stop(): Promise<void> {
    return this.#controller.stop(this.id, 'the program');
  }

  /** Forgets the finished job and its results. */
  remove(): Promise<void> {
    return this.#controller.remove(this.id);
  }
}

/** Only what was given: an undefined value must not hide a default. */
function settings(request: StartRequest): Partial<JobDefinition> {
  const { fanout, connectTimeoutMs, timeoutMs, retries, okCodes, graceMs } = request;
  const given = { fanout, connectTimeoutMs, timeoutMs, retries, okCodes, graceMs };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
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
