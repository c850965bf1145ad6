import { homedir, userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { Job } from './job.ts';
import { userAccess, type Access } from './model/access.ts';
import type { StateEvent } from './model/event.ts';
import type { JobSummary } from './model/job.ts';
import type { HostedController, Received } from './model/ports/controller.ts';
import type { WorkKind, WorkSpec } from './model/ports/work.ts';
import { EVERY_JOB, type Found, type JobQuery, type ReceiveOptions } from './model/query.ts';
import type { ControllerStatus } from './model/status.ts';
import { localTarget } from './model/target.ts';
import {
  definitionOf,
  type LocalRequest,
  type LocalSettings,
  type StartRequest,
} from './start-request.ts';
import { createController } from './wiring.ts';
import { localSpec, threadSpec, type ThreadFunction } from './work/kinds.ts';
import type { ThreadSpec } from './work/thread/spec.ts';

export interface ControllerOptions {
  /** How to log in, where it differs from what `ssh` would do for this user without a configuration file. */
  readonly access?: Partial<Access>;
  /** How long an idle connection is kept for the next job, in milliseconds. Default 300,000; 0: not at all. */
  readonly keepMs?: number;
  /** Logins in flight at once over all jobs. Default 64. */
  readonly loginSlots?: number;
  /** Bytes of memory that unread results may take. Default 512 MB (2^29). */
  readonly memoryBytes?: number;
  /**
   * Where the oldest results go, in a file without a name, when memory is full: a folder on a disk, absolute; null: nowhere,
   * and a child that says more then has failed, `store`. Default: `$XDG_STATE_HOME/muster`, else `~/.local/state/muster`.
   */
  readonly spillFolder?: string | null;
}

/**
 * Runs jobs on many hosts from a program. Owns its jobs, their results and its connections: two controllers in one
 * process share nothing. Dispose of it (`await using`, or `dispose()`): it stops what runs and closes what is open.
 */
export class Controller implements AsyncDisposable {
  readonly #inner: HostedController;
  readonly #access: Access;

  constructor(options: ControllerOptions = {}) {
    const { keepMs = 300_000, spillFolder = stateFolder() } = options;
    this.#inner = createController({ ...options, keepMs, spillFolder });
    const user = { home: homedir(), agent: process.env['SSH_AUTH_SOCK'] ?? null };
    this.#access = { ...userAccess(user), ...options.access };
  }

  /** Adds a kind of work of the program's own; jobs name it by `work: { kind }`. */
  register(kind: WorkKind): void {
    this.#inner.register(kind);
  }

  /** Makes a job and begins. Throws ConfigError before any host is touched. */
  async start(request: StartRequest): Promise<Job> {
    const definition = await definitionOf(request, this.#access);
    const { signal } = request;
    const view = await this.#inner.start(definition, signal === undefined ? {} : { signal });
    return new Job(this.#inner, view.id, definition.access.agent);
  }

  /**
   * Runs a program on this machine: a job with one child, whose location is localhost. Several words are a program and its
   * arguments, and no shell sees them; one word with white space or shell syntax is a command line for /bin/sh.
   */
  startLocal(command: string | readonly string[], request: LocalRequest = {}): Promise<Job> {
    const words = typeof command === 'string' ? [command] : command;
    const { cwd = process.cwd(), env = process.env, ...others } = request;
    return this.#startHere(localSpec(words, { cwd, env }), others);
  }

  /**
   * Calls a function in a worker thread of this process: a job with one child. A function travels as its source text: it
   * sees what Node offers, and nothing of what surrounds it here. One that takes an input: `threadSpec(work, input)`.
   */
  startThread(work: ThreadFunction<null> | ThreadSpec, request: LocalSettings = {}): Promise<Job> {
    return this.#startHere(typeof work === 'function' ? threadSpec(work) : work, request);
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

  #startHere(work: WorkSpec, request: LocalSettings): Promise<Job> {
    return this.start({ ...request, work, hosts: [localTarget(userInfo().username)] });
  }
}

/** The XDG Base Directory Specification has relative paths ignored. */
function stateFolder(): string {
  const set = process.env['XDG_STATE_HOME'];
  const base = set !== undefined && isAbsolute(set) ? set : join(homedir(), '.local/state');
  return join(base, 'muster');
}
