import {
  MessageChannel,
  receiveMessageOnPort,
  Worker,
  type MessagePort,
} from 'node:worker_threads';
import type { StreamName } from '../../model/record.ts';
import { STREAM_NAMES } from '../../model/record.ts';
import { SHARED, workerProgram, type WorkerOrder } from './program.ts';
import type { ThreadSpec } from './spec.ts';

/** What a worker says, in the order in which it was said. */
export type FromWorker =
  | {
      readonly kind: 'write';
      readonly stream: StreamName;
      readonly data: Uint8Array;
      /** It is one line with a JSON object. */
      readonly structured: boolean;
    }
  | { readonly kind: 'progress'; readonly percent: number; readonly text: string }
  | WorkerEnd;

/** How a function ended. The first one counts. */
export type WorkerEnd =
  | { readonly kind: 'returned' }
  | { readonly kind: 'threw'; readonly message: string; readonly whole: string }
  /** There is no such function: nothing was called. */
  | { readonly kind: 'not-loaded'; readonly message: string }
  /** It waits for something that cannot come any more. */
  | { readonly kind: 'stuck' }
  /** The thread ended by `process.exit`. */
  | { readonly kind: 'exited'; readonly code: number };

export interface WorkerListener {
  said(message: Exclude<FromWorker, WorkerEnd>): void;
  /** The thread is there, and the function is about to be called. */
  online(): void;
}

export interface ThreadWorker {
  /** Settles once; never rejects. */
  readonly ended: Promise<WorkerEnd>;
  /** While paused, the function's writes block. */
  press(pause: boolean): void;
  /** Aborts the function's signal. Whether it has ever looked at it. */
  askToStop(): boolean;
  /** Ends the thread, wherever it is; resolves when it is gone. */
  terminate(): Promise<void>;
}

/** Starts a thread and calls a function in it. */
export function startWorker(spec: ThreadSpec, listener: WorkerListener): ThreadWorker {
  const { port1: port, port2 } = new MessageChannel();
  const cells = new SharedArrayBuffer(SHARED.cells * Int32Array.BYTES_PER_ELEMENT);
  const shared = new Int32Array(cells);
  const order: WorkerOrder = {
    module: spec.module,
    name: spec.export,
    input: spec.input,
    streams: STREAM_NAMES,
    mostPending: MOST_PENDING,
  };
  const worker = new Worker(workerProgram(spec.source, GIVEN), {
    eval: true,
    // Whatever goes past the function's own stdout and stderr must not come out at ours.
    stdout: true,
    stderr: true,
    workerData: { port: port2, cells, order },
    transferList: [port2],
  });
  const changed = (): void => {
    Atomics.add(shared, SHARED.changes, 1);
    Atomics.notify(shared, SHARED.changes);
  };
  const take = (message: unknown): WorkerEnd | null => {
    if (!isFromWorker(message)) return null;
    if (message.kind === 'write') {
      Atomics.sub(shared, SHARED.pending, message.data.byteLength);
      changed();
    }
    if (message.kind === 'write' || message.kind === 'progress') {
      listener.said(message);
      return null;
    }
    return message;
  };
  worker.once('online', () => listener.online());
  for (const [stream, source] of [
    ['output', worker.stdout],
    ['error', worker.stderr],
  ] as const) {
    source.on('data', (data: Buffer) => {
      listener.said({ kind: 'write', stream, data, structured: false });
    });
  }
  return {
    ended: endOf(worker, port, take),
    press: (pause) => {
      Atomics.store(shared, SHARED.paused, pause ? 1 : 0);
      changed();
    },
    askToStop: () => {
      port.postMessage('stop');
      return Atomics.load(shared, SHARED.listens) === 1;
    },
    terminate: async () => {
      await worker.terminate();
      port.close();
    },
  };
}

function endOf(
  worker: Worker,
  port: MessagePort,
  take: (message: unknown) => WorkerEnd | null,
): Promise<WorkerEnd> {
  return new Promise((resolve) => {
    const taken = (message: unknown): void => {
      const end = take(message);
      if (end !== null) resolve(end);
    };
    /** What it said before it ended may still be on its way. */
    const rest = (): void => {
      for (;;) {
        const next: { message: unknown } | undefined = receiveMessageOnPort(port);
        if (next === undefined) return;
        taken(next.message);
      }
    };
    port.on('message', taken);
    worker.once('error', (error: unknown) => {
      rest();
      const message = error instanceof Error ? error.message || error.name : String(error);
      resolve({ kind: 'threw', message, whole: String(error) });
    });
    worker.once('exit', (code) => {
      rest();
      resolve({ kind: 'exited', code });
    });
  });
}

function isFromWorker(message: unknown): message is FromWorker {
  return typeof message === 'object' && message !== null && 'kind' in message;
}

/** A worker's text is a script, or a module where the program was started with --input-type: this is known to both. */
const GIVEN = "process.getBuiltinModule('node:worker_threads').workerData";
/** As much as a pipe holds, many times: enough to keep the thread at work while we are busy. */
const MOST_PENDING = 1024 * 1024;
