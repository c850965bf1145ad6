import type { Journal } from '../../src/model/ports/journal.ts';
import type { Clock, Timer } from '../../src/base/clock.ts';
import type { JobDefinition } from '../../src/model/definition.ts';
import { FAILURE_PHASES, FailureError, type FailureCode } from '../../src/model/failure.ts';
import { JOB_DEFAULTS } from '../../src/model/defaults.ts';
import { userAccess } from '../../src/model/access.ts';
import type { Connection, ConnectRequest, Transport } from '../../src/model/ports/transport.ts';
import type { WorkContext, WorkKind, WorkSpec } from '../../src/model/ports/work.ts';
import type { WorkEnd } from '../../src/model/outcome.ts';
import type { Target } from '../../src/model/target.ts';

/** A clock that moves only when told to. */
export class FakeClock implements Clock {
  #time = 0;
  #timers: { at: number; task: () => void }[] = [];

  now(): number {
    return 1_700_000_000_000 + this.#time;
  }

  monotonic(): number {
    return this.#time;
  }

  after(ms: number, task: () => void): Timer {
    const timer = { at: this.#time + ms, task };
    this.#timers.push(timer);
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
      },
      unref: () => undefined,
    };
  }

  get pending(): number {
    return this.#timers.length;
  }

  /** Moves on, firing what is due in order, and lets everything settle in between. */
  async advance(ms: number): Promise<void> {
    const until = this.#time + ms;
    await settled();
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.#time = Math.max(this.#time, due.at);
      due.task();
      await settled();
    }
    this.#time = until;
  }
}

/** Every promise callback that is ready has run. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A transport that does what the test says, named as the fake it is. */
export class FakeTransport implements Transport {
  readonly requests: ConnectRequest[] = [];
  released = 0;
  closed = false;
  openConnections = 0;
  unlockWith: (request: ConnectRequest) => Promise<void> = () => Promise.resolve();
  connectWith: (request: ConnectRequest, attempt: number) => Promise<Connection>;

  constructor(connectWith?: (request: ConnectRequest, attempt: number) => Promise<Connection>) {
    this.connectWith =
      connectWith ?? ((request) => Promise.resolve(this.connection(request.target)));
  }

  prepare(): Promise<void> {
    return Promise.resolve();
  }

  unlock(request: ConnectRequest): Promise<void> {
    return this.unlockWith(request);
  }

  take(): Connection | null {
    return null;
  }

  connect(request: ConnectRequest): Promise<Connection> {
    this.requests.push(request);
    return this.connectWith(request, this.requests.length);
  }

  probe(): Promise<never> {
    return Promise.reject(new Error('this fake has no probe'));
  }

  hostKeys(): Promise<never> {
    return Promise.reject(new Error('this fake has no host keys'));
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }

  connection(target: Target): Connection {
    return {
      target,
      address: target.address,
      exec: () => Promise.reject(new Error('this fake has no exec')),
      sftp: () => Promise.reject(new Error('this fake has no files')),
      isShared: false,
      running: [],
      release: () => {
        this.released += 1;
      },
      destroy: () => undefined,
    };
  }
}

/** Work whose run is the test's own function. */
export function scripted(run: (context: WorkContext) => Promise<WorkEnd>): WorkKind {
  return {
    kind: 'scripted',
    jobType: 'RemoteJob',
    parse: (spec: WorkSpec) => spec,
    describe: () => 'scripted',
    run: (_spec, context) => run(context),
  };
}

export function target(name: string): Target {
  return {
    name,
    address: name,
    port: 22,
    user: 'me',
    identities: [],
    jump: [],
    vars: {},
    groups: [],
  };
}

export function definition(
  hosts: readonly string[],
  changes: Partial<JobDefinition> = {},
): JobDefinition {
  return {
    ...JOB_DEFAULTS,
    work: { kind: 'scripted' },
    targets: hosts.map(target),
    access: userAccess({ home: '/nowhere', agent: null }),
    name: null,
    items: null,
    input: null,
    verbosity: 0,
    keepMs: null,
    ...changes,
  };
}

export function failure(code: FailureCode, message: string = code): FailureError {
  return new FailureError({
    phase: FAILURE_PHASES[code],
    code,
    message,
    mayHaveRun: false,
    via: null,
  });
}

/** A promise and the ends of it. */
export function deferred<T>(): {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
} {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** A journal that keeps nothing but what is said here. */
export function journalOf(kept: Partial<Journal>): Journal {
  const nothing = (): void => undefined;
  return {
    created: nothing,
    begun: nothing,
    ended: nothing,
    taken: nothing,
    stood: nothing,
    stopping: nothing,
    removed: nothing,
    forgotten: nothing,
    ...kept,
  };
}
