/** What is shared with the worker: cells of an Int32Array. */
export const SHARED: {
  /** Bytes that the worker has sent and we have not yet taken. */
  readonly pending: 0;
  /** 1: the reader of the records is behind. */
  readonly paused: 1;
  /** Counts the changes of the two, for the worker to wait for. */
  readonly changes: 2;
  /** 1: the function has looked at its signal. */
  readonly listens: 3;
  readonly cells: 4;
} = { pending: 0, paused: 1, changes: 2, listens: 3, cells: 4 };

/** What the worker is told at its start. */
export interface WorkerOrder {
  readonly module: string | null;
  readonly name: string;
  readonly input: unknown;
  readonly streams: readonly string[];
  /** The worker waits while more bytes than this are pending. */
  readonly mostPending: number;
}

/**
 * JavaScript for the worker, as text, so that a bundle needs no file of its own for it. `source`: an expression; it sees
 * none of the names in here. `given`: an expression for what the worker was given at its start.
 *
 * A write blocks while the reader is behind, as one to a pipe does, also in a loop that never yields. Everything that is
 * said goes through one port, so that it stays in order.
 */
export function workerProgram(source: string | null, given: string): string {
  return `'use strict';
((own) => {
  const { port, cells, order } = ${given};
  const shared = new Int32Array(cells);
  const send = (kind, more) => port.postMessage({ kind, ...more });

  const say = (stream, data, structured = false) => {
    for (;;) {
      const changes = Atomics.load(shared, ${SHARED.changes});
      const free = Atomics.load(shared, ${SHARED.pending}) < order.mostPending;
      if (free && Atomics.load(shared, ${SHARED.paused}) === 0) break;
      Atomics.wait(shared, ${SHARED.changes}, changes);
    }
    Atomics.add(shared, ${SHARED.pending}, data.byteLength);
    send('write', { stream, data, structured });
  };
  for (const [from, stream] of [[process.stdout, 'output'], [process.stderr, 'error']]) {
    from._writev = null;
    from._write = (chunk, encoding, done) => {
      say(stream, new Uint8Array(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk));
      done();
    };
  }

  const abort = new AbortController();
  port.on('message', () => abort.abort());
  // A function that waits for what never comes is to end; one that waits for its signal is not.
  port.unref();
  const context = {
    get signal() {
      Atomics.store(shared, ${SHARED.listens}, 1);
      port.ref();
      return abort.signal;
    },
    write(stream, text) {
      if (!order.streams.includes(stream)) throw new TypeError('no stream ' + String(stream));
      say(stream, typeof text === 'string' ? new TextEncoder().encode(text) : new Uint8Array(text));
    },
    progress(percent, text = '') {
      if (!Number.isFinite(percent)) throw new TypeError('progress is a number from 0 to 100');
      send('progress', { percent: Math.min(100, Math.max(0, percent)), text: String(text) });
    },
  };

  const result = (value) => {
    if (value === undefined) return;
    const json = JSON.stringify(value);
    if (json === undefined) throw new TypeError('a ' + typeof value + ' cannot be a result');
    const data = new TextEncoder().encode((typeof value === 'string' ? value : json) + '\\n');
    say('output', data, json.startsWith('{'));
  };
  const results = async (value) => {
    const isGenerator = typeof value?.next === 'function' &&
      (value[Symbol.asyncIterator] ?? value[Symbol.iterator]) !== undefined;
    if (!isGenerator) return result(value);
    for await (const one of value) result(one);
  };

  const load = async () => {
    const work = order.module === null ? own() : (await import(order.module))[order.name];
    if (typeof work !== 'function') throw new TypeError(order.name + ' is no function');
    return work;
  };
  const text = (error) => {
    try { return String(error instanceof Error ? error.message || error.name : error); }
    catch { return 'an error without a text'; }
  };
  const whole = (error) => {
    try { return String(error); } catch { return 'an error without a text'; }
  };
  // Helpers that compilers put into a function's text.
  globalThis.__name ??= (named) => named;
  process.on('beforeExit', () => send('stuck'));
  load().then(
    async (work) => {
      try {
        await results(await work(order.input, context));
        send('returned');
      } catch (error) {
        send('threw', { message: text(error), whole: whole(error) });
      }
    },
    (error) => send('not-loaded', { message: text(error) }),
  );
})(() => (${source ?? 'null'}
));
`;
}
