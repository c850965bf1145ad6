import { describe, expect, test } from 'vitest';
import { createHash } from 'node:crypto';
import type { Channel, Connection } from '../../src/model/ports/transport.ts';
import type { TransportOptions } from '../../src/transport/transport.ts';
import { fleetForFile } from '../fleet/for-file.ts';
import { startFleet } from '../fleet/sshd.ts';
import { closesWithoutStatus } from '../fixtures/hosts/closes-without-status.ts';
import {
  HOSTILE_TEXT,
  hostileDisconnectText,
  hostileSignalText,
} from '../fixtures/hosts/hostile-text.ts';
import { neverAnswersExec } from '../fixtures/hosts/never-answers-exec.ts';
import { rejectsExec } from '../fixtures/hosts/rejects-exec.ts';
import { resetProxy } from '../fixtures/hosts/reset-proxy.ts';
import { statusThenOpen } from '../fixtures/hosts/status-then-open.ts';
import { twoStatuses } from '../fixtures/hosts/two-statuses.ts';
import { eventually } from '../helpers/eventually.ts';
import { hurriedClock } from './channel/hurried-clock.ts';
import {
  connectTo,
  failureOf,
  heard,
  notes,
  run,
  withTransport,
  started,
  matching,
} from './connect/reach.ts';

const fleet = await fleetForFile();
const [host = ''] = fleet.addresses(1);

type Use<T> = (connection: Connection) => Promise<T>;

interface Options extends Partial<TransportOptions> {
  /** How much faster time goes once the connection is there. */
  readonly hurry?: number;
}

function connected<T>(use: Use<T>, options: Options = {}): Promise<T> {
  return at(host, use, options);
}

function at<T>(address: string, use: Use<T>, { hurry = 1, ...options }: Options = {}): Promise<T> {
  const clock = hurriedClock();
  return withTransport(
    async (transport) => {
      const connection = await connectTo(transport, fleet.target(address), fleet.access());
      clock.hurry(hurry);
      return use(connection).finally(() => connection.destroy());
    },
    { clock, ...options },
  );
}

describe('a command', () => {
  test('ends with its status, and both streams apart', async () => {
    await connected(async (connection) => {
      await expect(run(connection, 'echo out; echo err >&2; exit 7')).resolves.toEqual({
        end: { kind: 'exit', code: 7, drained: true },
        output: 'out\n',
        error: 'err\n',
      });
    });
  });

  test('F23 killed by a signal ends by its name, with all output before it', async () => {
    await connected(async (connection) => {
      await expect(run(connection, 'echo before; kill -9 $$')).resolves.toMatchObject({
        end: { kind: 'signal', signal: 'KILL', core: false, drained: true },
        output: 'before\n',
      });
    });
  });

  test('F31 all bytes pass, in both directions, unchanged', async () => {
    const bytes = Buffer.alloc(
      4 * 1024 * 1024,
      Buffer.from(Array.from({ length: 256 }, (_, i) => i)),
    );
    await connected(async (connection) => {
      const listener = heard();
      const channel = await connection.exec('cat', listener);
      for (let at = 0; at < bytes.length; at += 100_000) {
        await expect(channel.write(bytes.subarray(at, at + 100_000))).resolves.toBe(true);
      }
      channel.endInput();
      await expect(channel.ended).resolves.toMatchObject({ kind: 'exit', code: 0 });
      expect(listener.outputBytes().equals(bytes)).toBe(true);
    });
  });

  test('F37 both streams of 10,000 lines keep their own order', async () => {
    await connected(async (connection) => {
      const loop = 'i=0; while [ $i -lt 10000 ]; do echo o$i; echo e$i >&2; i=$((i+1)); done';
      const { output, error } = await run(connection, loop);
      const lines = (letter: string): string =>
        Array.from({ length: 10_000 }, (_, index) => `${letter}${index}\n`).join('');
      expect(output).toBe(lines('o'));
      expect(error).toBe(lines('e'));
    });
  });

  test('that has no input is told so at once, and takes none', async () => {
    await connected(async (connection) => {
      await expect(run(connection, 'cat; echo over', 'none')).resolves.toEqual({
        end: { kind: 'exit', code: 0, drained: true },
        output: 'over\n',
        error: '',
      });
      const channel = await connection.exec('cat', heard(), { input: 'none' });
      await expect(channel.write(Buffer.from('late'))).resolves.toBe(false);
      await expect(channel.ended).resolves.toMatchObject({ kind: 'exit', code: 0 });
      // The next one's input is its own.
      const listener = heard();
      const next = await connection.exec('cat', listener);
      await expect(next.write(Buffer.from('mine'))).resolves.toBe(true);
      next.endInput();
      await expect(next.ended).resolves.toMatchObject({ kind: 'exit', code: 0 });
      expect(listener.output()).toBe('mine');
    });
  });

  test('that has no input leaves together with its end of file, once', async () => {
    const told = notes();
    await withTransport(async (transport) => {
      const connection = await connectTo(transport, fleet.target(host), fleet.access(), {
        notes: told,
        traced: true,
      });
      await run(connection, 'true', 'none');
      connection.release();
    });
    const at = told.trace.findIndex((line) => line.endsWith(', exec: true)'));
    expect(told.trace[at + 1]).toMatch(/Sending CHANNEL_EOF/u);
    expect(told.trace.filter((line) => /Sending CHANNEL_EOF/u.test(line))).toHaveLength(1);
  });

  test('F38 that stops reading stops our writer, without an error', async () => {
    await connected(async (connection) => {
      const listener = heard();
      const channel = await connection.exec('head -1', listener);
      const block = Buffer.alloc(1024 * 1024, 'line of input\n');
      let written = 0;
      while (written < 100 && (await channel.write(block))) written += 1;
      channel.endInput();
      await expect(channel.ended).resolves.toMatchObject({ kind: 'exit', code: 0 });
      expect(listener.output()).toBe('line of input\n');
      expect(written).toBeLessThan(100);
      await expect(channel.write(block)).resolves.toBe(false);
      await expect(run(connection, 'echo again')).resolves.toMatchObject({ output: 'again\n' });
    });
  });

  test('F39 without input sees the end of it at once', async () => {
    await connected(async (connection) => {
      await expect(run(connection, 'cat; echo done')).resolves.toMatchObject({ output: 'done\n' });
    });
  });

  test('F41 runs through many key exchanges unchanged', async () => {
    const rekeying = await started(startFleet({ hosts: 1, config: ['RekeyLimit 1M'] }));
    const address = rekeying.addresses(1)[0] ?? '';
    const size = 20 * 1024 * 1024;
    await withTransport(async (transport) => {
      const connection = await connectTo(transport, rekeying.target(address), rekeying.access());
      const listener = heard();
      const channel = await connection.exec('cat', listener);
      const block = Buffer.alloc(1024 * 1024, 'abcdefghijklmnopqrstuvwxyz012345');
      for (let at = 0; at < size; at += block.length) await channel.write(block);
      channel.endInput();
      await expect(channel.ended).resolves.toMatchObject({ kind: 'exit', code: 0 });
      const expected = createHash('sha256');
      for (let at = 0; at < size; at += block.length) expected.update(block);
      const got = createHash('sha256').update(listener.outputBytes());
      expect(got.digest('hex')).toBe(expected.digest('hex'));
      connection.release();
    });
  }, 60_000);

  test('is held back while its reader pauses, and loses nothing', async () => {
    await connected(async (connection) => {
      let bytes = 0;
      const channel = await connection.exec('head -c 30000000 /dev/zero; echo e >&2', {
        data: (_stream, data) => {
          bytes += data.length;
        },
      });
      channel.pause();
      await eventually(() => bytes > 0 || connection.running.length === 1);
      const held = bytes;
      await run(connection, 'sleep 0.2');
      expect(bytes).toBe(held);
      channel.resume();
      await expect(channel.ended).resolves.toEqual({ kind: 'exit', code: 0, drained: true });
      expect(bytes).toBe(30_000_002);
    });
  });

  test('that ended while its reader pauses is drained by the reader’s own time', async () => {
    await connected(
      async (connection) => {
        const listener = heard();
        const channel = await connection.exec('echo kept', listener);
        channel.pause();
        await eventually(() => connection.running.length === 0);
        // Ten times the time for draining.
        await new Promise((resolve) => setTimeout(resolve, 200));
        channel.resume();
        await expect(channel.ended).resolves.toEqual({ kind: 'exit', code: 0, drained: true });
        expect(listener.output()).toBe('kept\n');
      },
      { hurry: 100 },
    );
  });
});

describe('an end that is none', () => {
  test('the time for draining stands still while its reader pauses', async () => {
    await connected(
      async (connection) => {
        const listener = heard();
        const channel = await connection.exec('(sleep 0.3; echo late) & echo hi', listener);
        await eventually(() => connection.running.length === 0 && listener.output() === 'hi\n');
        channel.pause();
        // Longer than the half second that is left for draining.
        await run(connection, 'sleep 0.8');
        channel.resume();
        await expect(channel.ended).resolves.toEqual({ kind: 'exit', code: 0, drained: true });
        expect(listener.output()).toBe('hi\nlate\n');
      },
      { hurry: 4 },
    );
  });

  test('F25 output that a background child keeps open is drained for a while, then left alone', async () => {
    await connected(
      async (connection) => {
        const listener = heard();
        const channel = await connection.exec('sleep 3 & echo hi', listener);
        channel.endInput();
        await expect(channel.ended).resolves.toEqual({ kind: 'exit', code: 0, drained: false });
        expect(listener.output()).toBe('hi\n');
        expect(connection.running).toEqual([]);
        await expect(run(connection, 'echo again')).resolves.toMatchObject({ output: 'again\n' });
      },
      { hurry: 10 },
    );
  });

  test('F25 a server that reports a status and never closes', async () => {
    const odd = await started(statusThenOpen(fleet.spare()));
    await at(
      odd.address,
      async (connection) => {
        await expect(run(connection, 'x')).resolves.toEqual({
          end: { kind: 'exit', code: 0, drained: false },
          output: 'hi\n',
          error: '',
        });
      },
      { hurry: 20 },
    );
  });

  test('the first of two statuses counts', async () => {
    const odd = await started(twoStatuses(fleet.spare()));
    await at(odd.address, async (connection) => {
      await expect(run(connection, 'x')).resolves.toMatchObject({
        end: { kind: 'exit', code: 3 },
        output: 'between\n',
      });
    });
  });

  test('F24 a channel that closes without a status is no success', async () => {
    const odd = await started(closesWithoutStatus(fleet.spare()));
    await at(odd.address, async (connection) => {
      await expect(run(connection, 'x')).resolves.toEqual({
        end: { kind: 'no-status' },
        output: 'partial\n',
        error: '',
      });
    });
  });

  test('F35 a signal’s text comes raw, for whoever makes it safe', async () => {
    const odd = await started(hostileSignalText(fleet.spare()));
    const told = notes();
    await withTransport(async (transport) => {
      const target = fleet.target(odd.address);
      const connection = await connectTo(transport, target, fleet.access(), {
        notes: told,
        traced: true,
      });
      await expect(run(connection, 'x')).resolves.toMatchObject({
        end: { kind: 'signal', signal: 'KILL', core: true, text: HOSTILE_TEXT },
        output: 'before\n',
      });
      connection.release();
    });
    const said = [...told.trace, ...told.phases.map(({ detail }) => detail)].join('');
    expect(said).toContain('evil^[[2J');
    // oxlint-disable-next-line no-control-regex
    expect(said).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/u);
  });
});

describe('contact that is lost', () => {
  const LOST = /^connection lost after \S+ s and 3 bytes; the command may still run \(/u;

  test('F17 by a reset, with every byte before it', async () => {
    const proxy = await started(resetProxy(fleet.spare(), { address: host, port: fleet.port }));
    await at(proxy.address, async (connection) => {
      const listener = heard();
      const channel = await connection.exec('echo hi; read forever', listener);
      await eventually(() => listener.output() === 'hi\n');
      proxy.reset();
      await expect(channel.ended).resolves.toMatchObject({
        kind: 'lost',
        reason: matching(LOST),
      });
      expect(connection.running).toEqual([]);
      const after = await failureOf(connection.exec('echo no', listener));
      expect(after).toMatchObject({ phase: 'open', code: 'channel-refused', mayHaveRun: false });
    });
  });

  test('F19 by the death of the server’s process, of which the library says nothing', async () => {
    await connected(async (connection) => {
      const listener = heard();
      const channel = await connection.exec('echo hi; read forever', listener);
      await eventually(() => listener.output() === 'hi\n');
      const [pid] = fleet.connectionPids();
      process.kill(pid ?? NOBODY, 'SIGKILL');
      await expect(channel.ended).resolves.toMatchObject({
        kind: 'lost',
        reason: matching(LOST),
      });
    });
  });

  test('F21 by a server that does not answer any more', async () => {
    await connected(
      async (connection) => {
        const listener = heard();
        const channel = await connection.exec('echo hi; read forever', listener);
        await eventually(() => listener.output() === 'hi\n');
        const [pid] = fleet.connectionPids();
        process.kill(pid ?? NOBODY, 'SIGSTOP');
        const began = performance.now();
        await expect(channel.ended).resolves.toMatchObject({
          kind: 'lost',
          reason: matching('no answer for 0.8 s'),
        });
        expect(performance.now() - began).toBeLessThan(2_000);
        process.kill(pid ?? NOBODY, 'SIGCONT');
      },
      { keepalive: { intervalMs: 250, count: 3 } },
    );
  });

  test('a quiet command on a live connection outlasts many keepalives', async () => {
    await connected(
      async (connection) => {
        await expect(run(connection, 'sleep 0.5; echo up')).resolves.toMatchObject({
          output: 'up\n',
        });
      },
      { keepalive: { intervalMs: 20, count: 3 } },
    );
  });

  test('F35 by a hostile goodbye, which cannot work on a terminal', async () => {
    const odd = await started(hostileDisconnectText(fleet.spare()));
    await at(odd.address, async (connection) => {
      const found = await failureOf(connection.exec('x', heard()));
      expect(found).toMatchObject({ phase: 'run', code: 'lost', mayHaveRun: true });
      expect(found.message).toContain('^[]0;owned^G');
      expect(found.message).not.toContain(HOSTILE_TEXT);
    });
  });

  test('by our own doing is told as such', async () => {
    await connected(async (connection) => {
      const channel = await connection.exec('read forever', heard());
      connection.destroy();
      await expect(channel.ended).resolves.toEqual({ kind: 'closed' });
    });
  });

  test('a write never hangs on it', async () => {
    await connected(async (connection) => {
      const channel = await connection.exec('sleep 1', heard());
      const writes = Array.from({ length: 8 }, () => channel.write(Buffer.alloc(1024 * 1024)));
      await expect(writes[0]).resolves.toBe(true);
      connection.destroy();
      const settled = await Promise.all(writes);
      expect(settled.at(-1)).toBe(false);
      await expect(channel.ended).resolves.toEqual({ kind: 'closed' });
    });
  });
});

describe('a server that will not', () => {
  test('F16 run the command', async () => {
    const odd = await started(rejectsExec(fleet.spare()));
    await at(odd.address, async (connection) => {
      const found = await failureOf(connection.exec('x', heard()));
      expect(found).toMatchObject({ phase: 'open', code: 'exec-refused', mayHaveRun: false });
      expect(found.message).toBe(
        `${odd.address} port ${odd.port} let us in, but refused to run the command`,
      );
      expect(connection.running).toEqual([]);
    });
  });

  test('open another session (MaxSessions)', async () => {
    const strict = await started(startFleet({ hosts: 1, config: ['MaxSessions 1'] }));
    const address = strict.addresses(1)[0] ?? '';
    await withTransport(async (transport) => {
      const connection = await connectTo(transport, strict.target(address), strict.access());
      const listener = heard();
      const first = await connection.exec('read line; echo got $line', listener);
      const found = await failureOf(connection.exec('echo second', heard()));
      expect(found).toMatchObject({ phase: 'open', code: 'channel-refused', mayHaveRun: false });
      expect(found.message).toContain('refused to open a channel: open failed');
      await first.write(Buffer.from('it\n'));
      await expect(first.ended).resolves.toMatchObject({ kind: 'exit', code: 0 });
      expect(listener.output()).toBe('got it\n');
      // And again and again, though sshd may still hold the place of the one before.
      for (let round = 0; round < 30; round += 1) {
        await expect(run(connection, 'echo next')).resolves.toMatchObject({ output: 'next\n' });
      }
      connection.destroy();
    });
  });

  test('answer to the command: it may have run', async () => {
    const odd = await started(neverAnswersExec(fleet.spare()));
    await at(
      odd.address,
      async (connection) => {
        const found = await failureOf(connection.exec('x', heard()));
        expect(found).toMatchObject({ phase: 'run', code: 'lost', mayHaveRun: true });
        expect(found.message).toBe('no reply to the command after 10 s; it may run');
        expect(connection.running).toHaveLength(1);
      },
      { hurry: 40 },
    );
  });

  test('answer to a channel request: nothing was run', async () => {
    await connected(
      async (connection) => {
        const [pid] = fleet.connectionPids();
        process.kill(pid ?? NOBODY, 'SIGSTOP');
        const found = await failureOf(connection.exec('echo never >&2', heard()));
        process.kill(pid ?? NOBODY, 'SIGCONT');
        expect(found).toMatchObject({ phase: 'open', code: 'channel-refused', mayHaveRun: false });
        expect(connection.running).toEqual([]);
        // The channel comes now, after its time. What was told not to have run must not run.
        const late = await failureOf(
          connection
            .exec('echo late', heard())
            .then((channel) => channel.ended.then(() => run(connection, 'true'))),
        );
        expect(late.mayHaveRun).toBe(false);
      },
      { hurry: 40, keepalive: { intervalMs: 0, count: 0 } },
    );
  });
});

describe('the account of running commands', () => {
  test('lists them in the order of sending, until they report their end', async () => {
    await connected(async (connection) => {
      const channels: Channel[] = [];
      for (let index = 0; index < 3; index += 1) {
        channels.push(await connection.exec('read line', heard()));
      }
      expect(connection.running).toEqual(channels);
      channels[1]?.endInput();
      await channels[1]?.ended;
      expect(connection.running).toEqual([channels[0], channels[2]]);
      channels[0]?.close();
      await expect(channels[0]?.ended).resolves.toEqual({ kind: 'closed' });
      // Closing ends no command: the host still has it.
      expect(connection.running).toEqual([channels[0], channels[2]]);
    });
  });
});

describe('a signal', () => {
  test.each(['before', 'after'])('reaches a command %s its input has ended', async (when) => {
    const plain = await started(startFleet({ hosts: 1, user: 'plain' }));
    const address = plain.addresses(1)[0] ?? '';
    await withTransport(async (transport) => {
      const connection = await connectTo(transport, plain.target(address), plain.access());
      const listener = heard();
      const command = `trap 'echo caught; exit 5' TERM; echo ready; while :; do sleep 0.05; done`;
      const channel = await connection.exec(command, listener);
      if (when === 'after') channel.endInput();
      await eventually(() => listener.output() === 'ready\n');
      channel.signal('TERM');
      await expect(channel.ended).resolves.toMatchObject({ kind: 'exit', code: 5 });
      expect(listener.output()).toBe('ready\ncaught\n');
      connection.release();
    });
  });
});

/** No process has this number: 0 would be this one's own group. */
const NOBODY = 2 ** 30;
