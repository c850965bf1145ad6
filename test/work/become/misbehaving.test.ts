import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { WorkContext } from '../../../src/model/ports/work.ts';
import { startFleet, type Fleet } from '../../fleet/sshd.ts';
import { becomesBadly, type BecomingHost, type Call } from '../../fixtures/hosts/becomes-badly.ts';
import { hurriedClock } from '../../transport/channel/hurried-clock.ts';
import { connectTo, failureOf, withTransport } from '../../transport/connect/reach.ts';
import { eventually } from '../../helpers/eventually.ts';
import { commandKind } from '../../../src/work/command.ts';
import { commandSpec } from '../../../src/work/kinds.ts';
import { doWork, type Doing } from '../rig.ts';
import { becomes } from './accounts.ts';

let fleet: Fleet;
let host: BecomingHost | null = null;
beforeAll(async () => {
  fleet = await startFleet({ hosts: 1 });
});
afterEach(async () => {
  await host?.stop();
  host = null;
});
afterAll(() => fleet.stop());

const PASSWORD = 'canary-x7';
const SUDO = becomes('sudo', { password: PASSWORD });

/** Runs `id` by sudo on a host that behaves so. */
async function on<T>(
  behave: (call: Call) => void,
  use: (doing: Doing, host: BecomingHost) => Promise<T>,
  options: Partial<WorkContext> = {},
): Promise<T> {
  const bad = await becomesBadly(fleet.spare(), behave);
  host = bad;
  return withTransport(async (transport) => {
    const target = fleet.target(bad.address);
    const connection = await connectTo(transport, target, fleet.access());
    const doing = doWork(commandKind, commandSpec('id'), {
      target,
      connect: () => Promise.resolve(connection),
      become: SUDO,
      ...options,
    });
    try {
      return await use(doing, bad);
    } finally {
      connection.destroy();
    }
  });
}

function end(channel: Call['channel'], code: number): void {
  channel.exit(code);
  channel.end();
}

test('a host that says nothing more is given up: no hang', async () => {
  const clock = hurriedClock();
  clock.hurry(200);
  await on(
    ({ channel, word }) => channel.write(word('asking')),
    async (doing, { address, heard }) => {
      expect(await failureOf(doing.end)).toEqual({
        phase: 'become',
        code: 'become-timeout',
        message: `sudo to root on ${address} was not answered within 30 s`,
        mayHaveRun: false,
        via: null,
      });
      expect(heard()).toBe('');
    },
    { clock },
  );
});

test('a prompt that is not ours is never answered, and named', async () => {
  const clock = hurriedClock();
  clock.hurry(200);
  await on(
    ({ channel, word }) => {
      channel.write(`Password: ${word('prompt')} of another time`);
      channel.write(`${word('asking')}Password: `);
      channel.stderr.write(`${word('asking')}\u001b[31mCode of your token: `);
    },
    async (doing, { heard }) => {
      const failure = await failureOf(doing.end);
      expect(failure.code).toBe('become-timeout');
      expect(failure.message).toContain('within 30 s: ^[[31mCode of your token:');
      expect(heard()).toBe('');
    },
    { clock },
  );
});

test('the password goes to the prompt only, and the word to begin only to the other shell', async () => {
  await on(
    ({ channel, word }) => {
      channel.write('welcome\n');
      channel.stderr.write(`Password: \n${word('asking')}a lecture\n${word('prompt')}`);
      let heard = '';
      channel.on('data', (bytes: Buffer) => {
        heard += bytes.toString();
        if (heard === `${PASSWORD}\n`) {
          const ready = `${word('asking')}more talk${word('ready')}`;
          // In pieces of any size, and with output right behind.
          for (const piece of [ready.slice(0, 20), ready.slice(20, 70), `${ready.slice(70)}out`]) {
            channel.write(piece);
          }
          channel.stderr.write(`\n${word('ready')}err`);
        } else if (heard === `${PASSWORD}\n${word('go')}\n`) {
          channel.write('put');
          channel.stderr.write('or');
          end(channel, 0);
        }
      });
    },
    async (doing) => {
      // Wrapped or not, its input begins behind that word.
      await doing.end.catch(() => undefined);
      expect(doing.output()).toBe('output');
      expect(doing.error()).toBe('error');
    },
  );
});

test('a shell that is there without asking is sent no password', async () => {
  await on(
    ({ channel, word }) => {
      channel.write(word('asking') + word('ready'));
      channel.stderr.write(word('asking') + word('ready'));
      channel.once('data', () => end(channel, 0));
    },
    async (doing, { heard }) => {
      await doing.end.catch(() => undefined);
      expect(heard()).not.toContain('canary');
    },
  );
});

test('asked again, it is not sent again: the method is ended', async () => {
  await on(
    ({ channel, word }) => {
      channel.stderr.write(word('asking') + word('prompt'));
      channel.once('data', () => channel.stderr.write(`\nno, ${PASSWORD}?\n${word('prompt')}`));
      channel.on('end', () => end(channel, 1));
    },
    async (doing, { address, heard }) => {
      expect(await failureOf(doing.end)).toMatchObject({
        code: 'become-denied',
        message: `sudo to root on ${address} was refused the password: no, [secret]?`,
        mayHaveRun: false,
      });
      expect(heard()).toBe(`${PASSWORD}\n`);
    },
  );
});

test('a second question is none for the password, and is named', async () => {
  await on(
    ({ channel, word }) => {
      channel.stderr.write(`${word('asking')}a lecture\n${word('prompt')}`);
      channel.once('data', () => channel.stderr.write(`\n${word('prompt')}`));
      channel.on('end', () => end(channel, 1));
    },
    async (doing, { address, heard }) => {
      expect(await failureOf(doing.end)).toMatchObject({
        code: 'become-denied',
        message: `sudo to root on ${address} asks for more than a password, and only that can be given`,
      });
      expect(heard()).toBe(`${PASSWORD}\n`);
    },
  );
});

test('a word about terminals from who has asked for the password is no reason to send it again', async () => {
  await on(
    ({ channel, word }) => {
      channel.stderr.write(`${word('asking')}This terminal is watched.\n${word('prompt')}`);
      channel.once('data', () => {
        channel.stderr.write('\nsudo: 1 incorrect password attempt\n');
        end(channel, 1);
      });
    },
    async (doing, { heard }) => {
      expect(await failureOf(doing.end)).toMatchObject({ code: 'become-denied' });
      expect(heard()).toBe(`${PASSWORD}\n`);
    },
  );
});

test.each([
  ['sudo', 127, 'sh: 1: exec: sudo: not found', 'become-missing', 'has no sudo: '],
  ['sudo', 1, 'x is not in the sudoers file.', 'become-denied', 'was refused: x is not in'],
] as const)('%s that ends with %i and "%s" is %s', async (_, code, text, expected, message) => {
  await on(
    ({ channel, word }) => {
      channel.stderr.write(`${word('asking')}${text}\n`);
      end(channel, code);
    },
    async (doing) => {
      const failure = await failureOf(doing.end);
      expect(failure).toMatchObject({ phase: 'become', code: expected, mayHaveRun: false });
      expect(failure.message).toContain(message);
    },
  );
});

test('what runs in place of a shell is heard to the end', async () => {
  let calls = 0;
  await on(
    ({ channel }) => {
      calls += 1;
      channel.write(
        'Use of this terminal is logged.\r\nThis account is currently not available.\r\n',
      );
      end(channel, 1);
    },
    async (doing, { address }) => {
      expect(await failureOf(doing.end)).toMatchObject({
        code: 'become-missing',
        message: `${address} has no shell to call sudo: This account is currently not available.`,
      });
      expect(calls).toBe(1);
    },
  );
});

test('contact that is lost before the other shell was told to begin leaves no doubt', async () => {
  await on(
    ({ channel, word }) => {
      channel.write(word('asking'));
      void eventually(() => true).then(() => host?.stop());
    },
    async (doing) => {
      expect(await failureOf(doing.end)).toMatchObject({ code: 'lost', mayHaveRun: false });
    },
  );
});

test('stopped meanwhile, it ends at once: nothing was begun', async () => {
  await on(
    ({ channel, word }) => {
      channel.stderr.write(word('asking') + word('prompt'));
      channel.on('end', () => end(channel, 1));
    },
    async (doing, { heard }) => {
      await eventually(() => heard() !== '');
      const stopped = await doing.stop();
      expect(stopped.end).toEqual({ kind: 'ended', confirmed: true });
      expect(stopped.ms).toBeLessThan(1_500);
    },
  );
});
