import { expect, test } from 'vitest';
import type {
  ChannelEnd,
  ChannelListener,
  Connection,
} from '../../../src/model/ports/transport.ts';
import type { StreamPlaces } from '../../../src/model/ports/work.ts';
import { commandKind } from '../../../src/work/command.ts';
import { commandSpec } from '../../../src/work/kinds.ts';
import { deferred, failure, settled, target } from '../../controller/fakes.ts';
import { doWork } from '../rig.ts';

const LOST: ChannelEnd = { kind: 'lost', reason: 'contact was lost' };
const OVER: ChannelEnd = { kind: 'exit', code: 0, drained: true };

/** A host whose sessions say these lines, one session after another; the last one ends the command. */
async function doubtAfter(...sessions: readonly (readonly string[])[]): Promise<boolean> {
  let places: StreamPlaces = { output: 0, error: 0 };
  const left = [...sessions];
  const next = (): Promise<Connection> => {
    const lines = left.shift() ?? [];
    return Promise.resolve(connectionThatSays(lines, left.length === 0 ? OVER : LOST));
  };
  const doing = doWork(commandKind, commandSpec('true'), {
    target: target('web1'),
    durable: true,
    connect: next,
    reconnect: next,
    took: (now) => (places = now),
  });
  await doing.end;
  return places.doubtful === true;
}

/** Says that to who asks, and takes no second session. */
function answering(line: string): Connection {
  let isAsked = false;
  const connection = connectionThatSays([line], OVER);
  return {
    ...connection,
    exec: (command, listener) => {
      if (isAsked) return Promise.reject(failure('channel-refused'));
      isAsked = true;
      return connection.exec(command, listener);
    },
  };
}

function connectionThatSays(lines: readonly string[], end: ChannelEnd | null): Connection {
  return {
    target: target('web1'),
    address: '192.0.2.1',
    exec: (_, listener) => Promise.resolve(channelThatSays(lines, end, listener)),
    sftp: () => Promise.reject(new Error('no files here')),
    isShared: false,
    running: [],
    release: () => undefined,
    destroy: () => undefined,
  };
}

function channelThatSays(
  lines: readonly string[],
  end: ChannelEnd | null,
  listener: ChannelListener,
): Awaited<ReturnType<Connection['exec']>> {
  let ended: (end: ChannelEnd) => void = () => undefined;
  let isOver = false;
  return {
    ended: new Promise((resolve) => (ended = resolve)),
    write: (bytes) => {
      const mark = /muster-[0-9a-f-]{36}:/u.exec(Buffer.from(bytes).toString('latin1'))?.[0];
      if (mark !== undefined && !isOver) {
        isOver = true;
        for (const line of lines) listener.data('error', Buffer.from(`${mark}${line}\n`));
        if (end !== null) ended(end);
      }
      return Promise.resolve(true);
    },
    // Of what has no mark it is asked beside.
    endInput: () => {
      if (isOver || end === null) return;
      isOver = true;
      for (const line of lines) listener.data('output', Buffer.from(`${line}\n`));
      ended(end);
    },
    pause: () => undefined,
    resume: () => undefined,
    signal: () => undefined,
    close: () => undefined,
  };
}

const END = 'end exit 0 end';

test.each([
  ['none went without an answer', [['began', END]], false],
  ['the one without an answer may come yet', [[], ['began', END]], true],
  ['the one without an answer is who began it', [[], ['attached', END]], false],
  ['of two one is who began it', [[], [], ['attached', END]], true],
  ['only looking on answers for nobody', [[], ['began'], ['attached', END]], true],
  ['silence later, when it was begun, is no doubt', [['began'], [], ['attached', END]], false],
] as const)('whether a beginning may still be on its way: %s', async (_, sessions, doubtful) => {
  expect(await doubtAfter(...sessions)).toBe(doubtful);
});

test.each([
  ['that it never began', 'never', true],
  ['that it is over, which the one without an answer has begun', 'over', false],
  ['that it runs', 'alive 4711 12', false],
  ['nothing', '', true],
] as const)(
  'after a stop a beginning may still be on its way, or not: the host says %s',
  async (_, line, doubtful) => {
    let places: StreamPlaces = { output: 0, error: 0 };
    const began = deferred<void>();
    const doing = doWork(commandKind, commandSpec('true'), {
      target: target('web1'),
      durable: true,
      // It takes what it is sent, and says nothing.
      connect: () => Promise.resolve(connectionThatSays([], null)),
      connectToEnd: () => Promise.resolve(answering(line)),
      started: () => began.resolve(),
      took: (now) => (places = now),
    });
    await began.promise;
    await settled();
    await doing.stop();
    expect(places.doubtful === true).toBe(doubtful);
  },
);

test('a command that the host knows no more is lost, and is not asked for again and again', async () => {
  for (const said of ['none', 'gone']) {
    let sessions = 0;
    const connect = (): Promise<Connection> => {
      sessions += 1;
      return Promise.resolve(connectionThatSays(sessions === 1 ? [said] : ['end exit 0'], OVER));
    };
    const doing = doWork(commandKind, commandSpec('true'), {
      target: target('web1'),
      durable: true,
      connect,
      reconnect: connect,
    });
    await expect(doing.end).rejects.toMatchObject({ failure: { phase: 'run', code: 'lost' } });
    expect(sessions).toBe(1);
  }
});
