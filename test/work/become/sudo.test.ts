import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { PLAIN_SSH } from '../../../src/model/ssh-settings.ts';
import type { AskedQuestion } from '../../../src/model/ports/transport.ts';
import { descendantsOf, signalProcess } from '../../helpers/processes.ts';
import { eventually } from '../../helpers/eventually.ts';
import { failureOf } from '../../transport/connect/reach.ts';
import { GONE, mark, startRig, stateOf, type Mark, type Rig } from '../rig.ts';
import { actor, allThatIsListed, becomes, IS_ROOT, type Actor } from './accounts.ts';

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
    const phases: string[] = [];
    const doing = rig.begin('id -un; echo "$HOME" "$0" ${LC_ALL-none}; echo err >&2; exit 3', {
      become: becomes('sudo'),
      phase: (phase, ms, detail) => void phases.push(`${phase} ${ms > 1} ${detail}`),
    });
    expect(await doing.end).toEqual({ kind: 'exit', code: 3 });
    expect(phases).toEqual(['become true root by sudo']);
    expect(doing.output()).toBe('root\n/root /bin/sh none\n');
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

  test.each(['!requiretty', 'requiretty'])(
    'that lets other programs run (%s) is a refusal, though it shows ours',
    async (setting) => {
      user.sudo('ALL=(ALL) /bin/true', setting);
      const doing = rig.begin('id', { become: becomes('sudo', { password: PASSWORD }) });
      const failure = await failureOf(doing.end);
      expect(failure).toMatchObject({ code: 'become-denied', mayHaveRun: false });
      expect(failure.message).toContain(
        `Sorry, user ${user.account.name} is not allowed to execute /bin/sh as root`,
      );
      expect([doing.output(), doing.error(), doing.hasStarted()]).toEqual(['', '', false]);
    },
  );

  test('names the user that there is not', async () => {
    user.sudo('ALL=(ALL) NOPASSWD: ALL');
    const failure = await failureOf(
      rig.begin('id', { become: becomes('sudo', { user: 'no-such' }) }).end,
    );
    expect(failure.message).toBe(
      `sudo to no-such on ${host()} was refused: sudo: unknown user no-such`,
    );
  });

  test('without a password, where one is needed and nobody can be asked, is refused at once', async () => {
    user.sudo('ALL=(ALL) ALL');
    const failure = await failureOf(rig.begin('id', { become: becomes('sudo') }).end);
    expect(failure).toMatchObject({ code: 'become-denied', mayHaveRun: false });
    expect(failure.message).toBe(
      `sudo to root on ${host()} needs a password, and none was given (--ask-become-pass)`,
    );
  });

  test('is stopped with all that it began, the password being asked for once more', async () => {
    user.sudo('ALL=(ALL) ALL');
    const become = becomes('sudo', { password: PASSWORD });
    const command = `${own.prefix}(setsid sleep 1000 &); nohup sleep 1000 & sleep 1000; true`;
    const doing = rig.begin(command, { become });
    await own.count(4);
    const { end, ms } = await doing.stop();
    expect(end).toEqual(GONE);
    expect(own.processes()).toEqual([]);
    expect(ms).toBeLessThan(4_000);
  });

  test('its end is not confirmed where nobody may become that user any more to look', async () => {
    user.sudo('ALL=(ALL) ALL');
    const doings = (['yes', 'no'] as const).map((tty) => {
      const target = { ...rig.fleet.target(host()), ssh: { ...PLAIN_SSH, tty } };
      const become = becomes('sudo', { password: PASSWORD });
      const command = `${own.prefix}setsid sleep 1000 & sleep 1000; true`;
      return rig.begin(command, { become, target, graceMs: 200 });
    });
    const begun = await own.count(6);
    user.sudo('ALL=(ALL) /bin/true');
    const ended = await Promise.all(doings.map((doing) => doing.stop()));
    for (const { pid } of begun) signalProcess(pid, 'SIGKILL');
    expect(ended.map(({ end }) => end)).toMatchObject([
      { kind: 'ended', confirmed: false },
      { kind: 'ended', confirmed: false },
    ]);
  });

  test('runs as any user, asked for once, the password in no list of processes', async () => {
    user.sudo('ALL=(ALL) ALL');
    const asked: AskedQuestion[] = [];
    const ask = (question: AskedQuestion): Promise<string> => {
      asked.push(question);
      return Promise.resolve(PASSWORD);
    };
    const become = becomes('sudo', { user: 'nobody' });
    const doing = rig.begin(`${own.prefix}id -un; sleep 1000; true`, { become, ask });
    await own.count(2);
    expect(allThatIsListed()).not.toContain(PASSWORD);
    const work = await eventually(() => doing.suspendable());
    // Who is neither root nor becomes root cannot let go on what was halted.
    expect(await work.suspend()).toContain('could not be let go on');
    expect((await doing.stop()).end).toEqual(GONE);
    expect(doing.output()).toBe('nobody\n');
    // Who comes later in the same job has what was right.
    const later = rig.begin('id -un', { become, ask });
    expect(await later.end).toEqual({ kind: 'exit', code: 0 });
    expect(asked).toEqual([
      {
        key: `become sudo ${user.account.name}`,
        text: `become password of ${user.account.name}@${host()} (sudo)`,
        secret: true,
      },
    ]);
  });

  test('whoever takes longer to answer than sudo waits is not asked again', async () => {
    user.sudo('ALL=(ALL) ALL', 'passwd_timeout=0.02');
    let asked = 0;
    const ask = async (): Promise<string> => {
      asked += 1;
      await eventually(() => descendantsOf(rig.fleet.pid).every(({ args }) => args[0] !== 'sudo'));
      return PASSWORD;
    };
    const doing = rig.begin('id -un', { become: becomes('sudo'), ask });
    expect(await doing.end).toEqual({ kind: 'exit', code: 0 });
    expect([doing.output(), asked]).toEqual(['root\n', 1]);
  });

  test('gets a terminal where sudo wants one, and brings bytes through it as they are', async () => {
    user.sudo('ALL=(ALL) ALL', 'requiretty');
    const bytes = Buffer.from([...Array(256).keys(), ...Array<number>(9_000).fill(4)]);
    const doing = rig.begin('tty >/dev/null && cat && printf "\\001\\n\\377\\t"', {
      become: becomes('sudo', { password: PASSWORD }),
      input: () => Readable.from([bytes.subarray(0, 7), bytes.subarray(7)]),
    });
    expect(await doing.end).toEqual({ kind: 'exit', code: 0 });
    const expected = `${bytes.toString('latin1')}\u0001\n\u00ff\t`;
    expect(doing.output() === expected).toBe(true);
    expect(doing.error()).toBe('');
  });

  test('is suspended and let go on', async () => {
    user.sudo('ALL=(ALL) NOPASSWD: ALL');
    const command = `${own.prefix}while :; do sleep 0.02; done`;
    const doing = rig.begin(command, { become: becomes('sudo') });
    await own.atLeast(1);
    // A command may be seen on the host before its server says that it has begun.
    const work = await eventually(() => doing.suspendable());
    expect(await work.suspend()).toBeNull();
    for (const { pid } of own.processes()) expect(stateOf(pid)).toBe('T');
    expect(await work.resume()).toBeNull();
    await eventually(() => own.processes().every(({ pid }) => stateOf(pid) !== 'T'));
    expect((await doing.stop()).end).toEqual(GONE);
    expect(own.processes()).toEqual([]);
  });

  function host(): string {
    return rig.fleet.addresses(1)[0] ?? '';
  }
});

/** Looked for where it must not be. */
const PASSWORD = 'canary "x7" \\$';
