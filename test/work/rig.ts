import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { systemClock } from '../../src/base/clock.ts';
import type { Progress } from '../../src/model/job.ts';
import type { StopCause, WorkData, WorkEnd } from '../../src/model/outcome.ts';
import type { Connection, Transport } from '../../src/model/ports/transport.ts';
import type { Suspendable, WorkContext, WorkKind, WorkSpec } from '../../src/model/ports/work.ts';
import type { StreamName } from '../../src/model/record.ts';
import { createTransport } from '../../src/transport/transport.ts';
import { commandKind } from '../../src/work/command.ts';
import { commandSpec } from '../../src/work/kinds.ts';
import { startFleet, type Fleet, type FleetOptions } from '../fleet/sshd.ts';
import { eventually } from '../helpers/eventually.ts';
import { isInPath } from '../setup/tools.ts';
import { remoteProcesses, type ProcessInfo } from '../helpers/processes.ts';

/** Real hosts, the real transport, and work run on them as a controller would run it. */
export interface Rig {
  readonly fleet: Fleet;
  /** A login of its own; given back by `close`. */
  connect(): Promise<Connection>;
  /** So many places on one login. */
  places(count: number): Promise<readonly Connection[]>;
  /** Begins a command, on a connection of its own unless one is given. */
  begin(command: string, options?: Partial<WorkContext>, connection?: Connection): Doing;
  close(): Promise<void>;
}

/** One call of the context's `write`; the bytes as Latin-1. */
export interface Written {
  readonly stream: StreamName;
  readonly text: string;
  readonly structured: boolean;
}

/** Work under way. */
export interface Doing {
  readonly end: Promise<WorkEnd>;
  readonly output: () => string;
  readonly error: () => string;
  readonly data: () => WorkData;
  readonly hasStarted: () => boolean;
  /** What was written, piece by piece. */
  readonly records: readonly Written[];
  readonly progress: readonly Progress[];
  /** How it can be suspended now, where it can. */
  readonly suspendable: () => Suspendable | null;
  /** Lets the work feel that its reader is behind, or has caught up. */
  press(pause: boolean): void;
  /** Asks for the end. Gives the end, and how long that took. */
  stop(cause?: StopCause): Promise<{ readonly end: WorkEnd; readonly ms: number }>;
}

export async function startRig(options: FleetOptions = {}): Promise<Rig> {
  const fleet = await startFleet({ hosts: 1, ...options });
  const target = fleet.target(fleet.addresses(1)[0] ?? '');
  const access = fleet.access();
  const connections: Connection[] = [];
  const transports: Transport[] = [];
  const places = async (count: number): Promise<readonly Connection[]> => {
    // One transport has one login serve several.
    const transport = createTransport({ clock: systemClock, keepMs: 0 });
    transports.push(transport);
    await transport.prepare([target], access, true);
    const held: Connection[] = [];
    while (held.length < count) {
      const connection = await transport.connect({
        target,
        access,
        connectTimeoutMs: 10_000,
        observer: { phase: () => undefined, trace: null, warning: () => undefined },
        ask: null,
        keepMs: null,
        signal: new AbortController().signal,
      });
      connections.push(connection);
      held.push(connection);
    }
    return held;
  };
  const connect = async (): Promise<Connection> => {
    const [connection] = await places(1);
    if (connection === undefined) throw new Error('no connection');
    return connection;
  };
  return {
    fleet,
    connect,
    places,
    begin: (command, options = {}, connection) =>
      doWork(commandKind, commandSpec(command), {
        target,
        connect: connection === undefined ? connect : () => Promise.resolve(connection),
        ...options,
      }),
    close: async () => {
      for (const connection of connections) connection.release();
      await Promise.all(transports.map((transport) => transport.close()));
      await fleet.stop();
    },
  };
}

export function doWork(
  kind: WorkKind,
  spec: WorkSpec,
  options: Partial<WorkContext> & Pick<WorkContext, 'target'>,
): Doing {
  const abort = new AbortController();
  const pieces: Record<'output' | 'error', string[]> = { output: [], error: [] };
  let data: WorkData = {};
  let press: (pause: boolean) => void = () => undefined;
  let hasStarted = false;
  let suspendable: Suspendable | null = null;
  const records: Written[] = [];
  const progress: Progress[] = [];
  const context: WorkContext = {
    jobId: 1,
    childId: 2,
    index: 0,
    total: 1,
    clock: systemClock,
    signal: abort.signal,
    graceMs: 5_000,
    retries: 0,
    rest: () => Promise.resolve(),
    input: null,
    item: null,
    become: null,
    ask: null,
    hostKeys: () => Promise.reject(new Error('no host keys here')),
    instanceId: randomUUID(),
    durable: false,
    reached: null,
    reconnect: () => Promise.reject(new Error('no second connection here')),
    connectToEnd: () => Promise.resolve(null),
    took: () => undefined,
    connect: () => Promise.reject(new Error('no connection here')),
    probe: () => Promise.reject(new Error('no probe here')),
    write: (stream: StreamName, bytes, structured) => {
      records.push({
        stream,
        text: Buffer.from(bytes).toString('latin1'),
        structured: structured === true,
      });
      if (stream === 'output' || stream === 'error') {
        pieces[stream].push(Buffer.from(bytes).toString('latin1'));
      }
    },
    onPressure: (listener) => {
      press = listener;
      return () => {
        if (press === listener) press = () => undefined;
      };
    },
    report: (more) => {
      data = { ...data, ...more };
    },
    progress: (said) => void progress.push(said),
    phase: () => undefined,
    go: () => Promise.resolve(),
    suspendable: (work) => {
      suspendable = work;
    },
    started: () => {
      hasStarted = true;
    },
    ...options,
  };
  const end = kind.run(kind.parse(spec), context);
  // Each test looks at it when it wants to.
  end.catch(() => undefined);
  return {
    end,
    output: () => pieces.output.join(''),
    error: () => pieces.error.join(''),
    data: () => data,
    hasStarted: () => hasStarted,
    records,
    progress,
    suspendable: () => suspendable,
    press: (pause) => press(pause),
    stop: async (cause = { kind: 'stop', by: 'the test' }) => {
      const from = performance.now();
      abort.abort(cause);
      return { end: await end, ms: performance.now() - from };
    },
  };
}

/** Tells the processes of one command from all others: set in their environment. */
export interface Mark {
  readonly name: string;
  /** To put before a command line of a POSIX login shell. */
  readonly prefix: string;
  processes(): readonly ProcessInfo[];
  /** Waits until that many are there. */
  count(n: number): Promise<readonly ProcessInfo[]>;
  /** Waits until that many are there, or more. */
  atLeast(n: number): Promise<readonly ProcessInfo[]>;
}

export function mark(): Mark {
  const name = `mark-${randomUUID()}`;
  const processes = (): readonly ProcessInfo[] => remoteProcesses(name);
  const wait = (what: string, enough: (n: number) => boolean): Promise<readonly ProcessInfo[]> =>
    eventually(
      () => {
        const found = processes();
        return enough(found.length) ? found : null;
      },
      { what, deadlineMs: 10_000 },
    );
  return {
    name,
    prefix: `export MUSTER_MARK=${name}; `,
    processes,
    count: (n) => wait(`${n} processes on the host`, (found) => found === n),
    atLeast: (n) => wait(`${n} or more processes on the host`, (found) => found >= n),
  };
}

/** The end of work that was stopped, and of which nothing is left. */
export const GONE: WorkEnd = { kind: 'ended', confirmed: true };

/** Those that this machine has; the others are named. */
export function installed(...shells: readonly string[]): readonly string[] {
  const there = shells.filter((shell) => isInPath(shell.split(' ')[0] ?? ''));
  const missing = shells.filter((shell) => !there.includes(shell));
  if (missing.length > 0) console.warn(`not installed here, so not tried: ${missing.join(', ')}`);
  return there;
}

/** How a process is, by the letter of proc(5); null where it is gone. */
export function stateOf(pid: number): string | null {
  try {
    return /\) (\S)/u.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1] ?? null;
  } catch {
    // Gone meanwhile.
    return null;
  }
}

/** A connection as it is, but for whether others are on it. */
export function shared(connection: Connection, isShared: boolean, isKept = false): Connection {
  return {
    target: connection.target,
    address: connection.address,
    exec: (command, listener, sent) => connection.exec(command, listener, sent),
    sftp: () => connection.sftp(),
    get running() {
      return connection.running;
    },
    isShared,
    isKept,
    ...(connection.shared === undefined ? {} : { shared: connection.shared }),
    release: () => connection.release(),
    destroy: () => connection.destroy(),
  };
}
