import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { failureOf } from '../../transport/connect/reach.ts';
import { GONE, mark, startRig, type Mark, type Rig } from '../rig.ts';
import { actor, becomes, IS_ROOT, type Actor } from './accounts.ts';

describe.runIf(IS_ROOT)('sudo', () => {
  let user: Actor;
  let rig: Rig;
  let own: Mark;
  beforeAll(async () => {
    user = actor('s', PASSWORD);
    rig = await startRig({ account: user.account });
  });
  afterAll(async () => {
    await rig.close();
    user.remove();
  });
  beforeEach(() => {
    own = mark();
  });

  test('runs a command as root, its streams apart and its status its own', async () => {
    user.sudo('ALL=(ALL) NOPASSWD: ALL');
    const doing = rig.begin('id -un; echo "$HOME" "$0"; echo err >&2; exit 3', {
      become: becomes('sudo'),
    });
    expect(await doing.end).toEqual({ kind: 'exit', code: 3 });
    expect(doing.output()).toBe('root\n/root /bin/sh\n');
    expect(doing.error()).toBe('err\n');
  });

  test('gives the command its input whole, and what it says to the byte', async () => {
    user.sudo('ALL=(ALL) ALL');
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7) % 256));
    async function* input(): AsyncGenerator<Uint8Array> {
      yield bytes.subarray(0, 1);
      yield bytes.subarray(1);
    }
    const doing = rig.begin('cat; printf "\\001\\377" >&2', {
      become: becomes('sudo', { password: PASSWORD }),
      input,
    });
    expect(await doing.end).toEqual({ kind: 'exit', code: 0 });
    expect(Buffer.from(doing.output(), 'latin1').equals(bytes)).toBe(true);
    expect(doing.error()).toBe('\u0001\u00ff');
  });

  test('sends the password once, to its prompt; a wrong one is a refusal and no hang', async () => {
    user.sudo('ALL=(ALL) ALL', 'passwd_tries=3');
    const become = becomes('sudo', { password: 'wrong' });
    const doing = rig.begin('id', { become });
    expect(await failureOf(doing.end)).toEqual({
      phase: 'become',
      code: 'become-denied',
      message: `sudo to root on ${host()} was refused the password: Sorry, try again.`,
      mayHaveRun: false,
      via: null,
    });
    expect([doing.output(), doing.error(), doing.hasStarted()]).toEqual(['', '', false]);
  });

  test('without a password, where one is needed and nobody can be asked, is refused at once', async () => {
    user.sudo('ALL=(ALL) ALL');
    const failure = await failureOf(rig.begin('id', { become: becomes('sudo') }).end);
    expect(failure).toMatchObject({ code: 'become-denied', mayHaveRun: false });
    expect(failure.message).toBe(`sudo to root on ${host()} needs a password, and none was given`);
  });

  test.each(['NOPASSWD', 'PASSWD'])('is stopped with all that it began, %s', async (tag) => {
    user.sudo(`ALL=(ALL) ${tag}: ALL`);
    const become = becomes('sudo', tag === 'PASSWD' ? { password: PASSWORD } : {});
    const command = `${own.prefix}(setsid sleep 1000 &); nohup sleep 1000 & sleep 1000; true`;
    const doing = rig.begin(command, { become });
    await own.count(4);
    const { end, ms } = await doing.stop();
    expect(end).toEqual(GONE);
    expect(own.processes()).toEqual([]);
    expect(ms).toBeLessThan(4_000);
  });

  function host(): string {
    return rig.fleet.addresses(1)[0] ?? '';
  }
});

/** Looked for where it must not be. */
const PASSWORD = 'canary "x7" \\$';
