import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/model/errors.ts';
import { FailureError, type Failure } from '../../src/model/failure.ts';
import type { Channel, ChannelEnd, Connection } from '../../src/model/ports/transport.ts';
import { commandKind } from '../../src/work/command.ts';
import { commandSpec } from '../../src/work/kinds.ts';
import { eventually } from '../helpers/eventually.ts';
import { signalProcess } from '../helpers/processes.ts';
import { doWork, GONE, mark, startRig, type Doing, type Rig } from './rig.ts';

async function failureOf(doing: Doing): Promise<Failure> {
  try {
    throw new Error(`it did not fail: ${JSON.stringify(await doing.end)}`);
  } catch (error) {
    if (error instanceof FailureError) return error.failure;
    throw error;
  }
}

async function* pieces(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield await Promise.resolve(Buffer.from(text));
}

describe('the spec of a command', () => {
  test('is the command as it was typed', () => {
    const spec = { kind: 'command', command: ' echo  "a"  ' };
    expect(commandKind.parse(spec)).toEqual({ ...spec, markers: false, records: false });
    const both = commandSpec('uptime', { markers: true, records: true });
    expect(commandKind.parse(both)).toEqual({
      kind: 'command',
      command: 'uptime',
      markers: true,
      records: true,
    });
    expect(commandKind.describe(commandSpec('uptime'), null)).toBe('uptime');
    expect(commandKind.jobType).toBe('RemoteJob');
  });

  test.each([
    ['empty', { kind: 'command', command: '' }, 'the command is empty'],
    ['blank', { kind: 'command', command: ' \t\n' }, 'the command is empty'],
    ['with a NUL', { kind: 'command', command: 'a\0b' }, 'the command holds a NUL character'],
    ['no text', { kind: 'command', command: 7 }, 'a command has to be text'],
    ['missing', { kind: 'command' }, 'a command has to be text'],
    [
      'half on',
      { kind: 'command', command: 'x', markers: 'yes' },
      'markers of a command is true or false',
    ],
  ])('is refused where it is %s', (_, spec, message) => {
    expect(() => commandKind.parse(spec)).toThrow(new ConfigError('usage', message));
  });
});

describe('a command', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig();
  });
  afterAll(() => rig.close());

  test('goes to the login shell as it is, and ends with its exit status', async () => {
    const doing = rig.begin(`echo "a  b" '$HOME'; echo oops >&2; exit 7`);
    expect(await doing.end).toEqual({ kind: 'exit', code: 7 });
    expect(doing.output()).toBe('a  b $HOME\n');
    expect(doing.error()).toBe('oops\n');
    expect(doing.hasStarted()).toBe(true);
  });

  test('C08: reaches the login shell byte for byte, with all its blanks, quotes and line feeds', async () => {
    const command = ` \tcat /proc/$$/cmdline; : 'a\\b'  "$HOME" \`:\` {host} %n\n : \n `;
    const doing = rig.begin(command);
    expect(await doing.end).toEqual({ kind: 'exit', code: 0 });
    expect(doing.output().split('\0').slice(1)).toEqual(['-c', command, '']);
  });

  test('that a signal kills ends with the name of the signal', async () => {
    const doing = rig.begin('echo before; kill -KILL $$');
    expect(await doing.end).toMatchObject({ kind: 'signal', signal: 'KILL', core: false });
    expect(doing.output()).toBe('before\n');
  });

  test('finds its input empty where none is given', async () => {
    expect(await rig.begin('cat').end).toEqual({ kind: 'exit', code: 0 });
  });

  test('is given its input, and the end of it', async () => {
    const doing = rig.begin('cat', { input: () => pieces('one\n', '', 'two') });
    expect(await doing.end).toEqual({ kind: 'exit', code: 0 });
    expect(doing.output()).toBe('one\ntwo');
  });

  test('may end before its input: the source is let go', async () => {
    let isClosed = false;
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield await Promise.resolve(Buffer.alloc(65_536, 'x\n'));
      } finally {
        isClosed = true;
      }
    };
    const doing = rig.begin('head -n 1', { input: endless });
    expect(await doing.end).toEqual({ kind: 'exit', code: 0 });
    expect(doing.output()).toBe('x\n');
    await eventually(() => isClosed);
  });

  test('does not wait for a source that waits for a person', async () => {
    const silent = async function* (): AsyncGenerator<Uint8Array> {
      yield await new Promise<Uint8Array>(() => undefined);
    };
    expect(await rig.begin('exit 3', { input: silent }).end).toEqual({ kind: 'exit', code: 3 });
  });

  test('is ended where its input cannot be read: a part is not the whole', async () => {
    const own = mark();
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(Buffer.from('part'));
      await own.count(2);
      throw new Error('EIO: disk\u001B[31m failed');
    };
    const doing = rig.begin(`${own.prefix} cat; echo whole`, { input: broken });
    const failure = await failureOf(doing);
    expect(failure).toEqual({
      phase: 'local',
      code: 'internal',
      message: 'the input could not be read: EIO: disk^[[31m failed',
      mayHaveRun: true,
      via: null,
    });
    expect(doing.output()).not.toContain('whole');
    expect(own.processes()).toEqual([]);
  });

  test('that leaves its output open is drained for a while, and says so', async () => {
    const own = mark();
    const doing = rig.begin(`${own.prefix} sleep 1000 & echo hi`);
    expect(await doing.end).toEqual({
      kind: 'exit',
      code: 0,
      note: 'output still open: drained for 2 s, then cut',
    });
    expect(doing.output()).toBe('hi\n');
    const [left] = await own.count(1);
    signalProcess(left?.pid ?? -1, 'SIGKILL');
  });

  test('waits while its reader is behind, and loses nothing', async () => {
    const doing = rig.begin('yes | head -c 20000000');
    await eventually(() => doing.output().length > 0);
    doing.press(true);
    const seen = await steady(() => doing.output().length);
    expect(seen).toBeLessThan(20_000_000);
    doing.press(false);
    expect(await doing.end).toEqual({ kind: 'exit', code: 0 });
    expect(doing.output().length).toBe(20_000_000);
  });

  test('whose server dies has an unknown outcome', async () => {
    const own = mark();
    const doing = rig.begin(`${own.prefix} echo partial; exec sleep 1000`);
    await eventually(() => doing.output() === 'partial\n');
    const [left] = await own.count(1);
    for (const pid of rig.fleet.connectionPids()) signalProcess(pid, 'SIGKILL');
    const failure = await failureOf(doing);
    expect(failure).toMatchObject({ phase: 'run', code: 'lost', mayHaveRun: true, via: null });
    expect(failure.message).toMatch(
      /^connection lost after [\d.]+ (?:m?s) and 8 bytes; the command may still run/u,
    );
    expect(doing.output()).toBe('partial\n');
    signalProcess(left?.pid ?? -1, 'SIGKILL');
  });

  test('that is stopped before it was sent has not begun', async () => {
    let isAsked = false;
    const doing = rig.begin('echo never', {
      connect: () => {
        isAsked = true;
        return new Promise((_, reject) => {
          void eventually(() => stopped).then(() => reject(new Error('aborted')));
        });
      },
    });
    let stopped = false;
    await eventually(() => isAsked);
    const stop = doing.stop();
    stopped = true;
    expect((await stop).end).toEqual(GONE);
    expect(doing.hasStarted()).toBe(false);
  });

  test('that is stopped as it is sent leaves nothing behind', async () => {
    const own = mark();
    const connection = await rig.connect();
    const doing = rig.begin(`${own.prefix} sleep 1000; true`, {}, connection);
    // The connection was there already: the command is on its way, and no answer has come.
    expect((await doing.stop()).end).toEqual(GONE);
    expect(own.processes()).toEqual([]);
  });
});

/** Waits until a number has stopped growing. */
async function steady(value: () => number): Promise<number> {
  let last = -1;
  let since = performance.now();
  return eventually(
    () => {
      const now = value();
      if (now !== last) since = performance.now();
      last = now;
      return performance.now() - since > 300 ? now : null;
    },
    { what: 'a pause' },
  );
}

describe('the end that a host reports', () => {
  /** What only a host that misbehaves would say, said by a channel that is made up. */
  function endWith(end: ChannelEnd): Doing {
    const channel: Channel = {
      ended: Promise.resolve(end),
      write: () => Promise.resolve(false),
      endInput: () => undefined,
      pause: () => undefined,
      resume: () => undefined,
      signal: () => undefined,
      close: () => undefined,
    };
    const target = {
      name: 'fake',
      address: 'fake',
      port: 22,
      user: 'nobody',
      identities: [],
      jump: [],
      vars: {},
      groups: [],
    };
    const connection: Connection = {
      target,
      address: 'fake',
      running: [channel],
      isShared: false,
      exec: (_, listener) => {
        listener.data('output', Buffer.from('12345'));
        return Promise.resolve(channel);
      },
      sftp: () => Promise.reject(new Error('no files here')),
      release: () => undefined,
      destroy: () => undefined,
    };
    return doWork(commandKind, commandSpec('x'), {
      target,
      connect: () => Promise.resolve(connection),
    });
  }

  test('is made safe where it is a signal', async () => {
    const text = 'gone\u001B]0;title\u0007\r\nand more';
    const end = endWith({
      kind: 'signal',
      signal: 'KI\u001B[2JLL',
      core: true,
      text,
      drained: false,
    });
    expect(await end.end).toEqual({
      kind: 'signal',
      signal: 'KI^[[2JLL',
      core: true,
      note: 'gone^[]0;title^G and more; output still open: drained for 2 s, then cut',
    });
  });

  test('is a failure without a status', async () => {
    const failure = await failureOf(endWith({ kind: 'no-status' }));
    expect(failure).toMatchObject({ phase: 'run', code: 'no-status', mayHaveRun: true });
    expect(failure.message).toMatch(
      /^ended without an exit status after \d+\.\d s and 5 bytes; the command may still run$/u,
    );
  });

  test('is a failure where this side closed the connection', async () => {
    const failure = await failureOf(endWith({ kind: 'closed' }));
    expect(failure).toMatchObject({ phase: 'run', code: 'lost', mayHaveRun: true });
    expect(failure.message).toContain('the command may still run');
  });
});
