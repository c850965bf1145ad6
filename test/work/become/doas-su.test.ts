import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { failureOf } from '../../transport/connect/reach.ts';
import { GONE, installed, mark, startRig, type Mark, type Rig } from '../rig.ts';
import { actor, allThatIsListed, becomes, doasRules, IS_ROOT, type Actor } from './accounts.ts';

describe.runIf(IS_ROOT)('doas and su', () => {
  let user: Actor;
  let other: Actor;
  let rig: Rig;
  let restore: () => void;
  let own: Mark;
  beforeAll(async () => {
    user = actor('d', PASSWORD);
    // Its login shell is what su calls first.
    const [shell] = installed('fish', 'csh');
    other = actor('e', PASSWORD, shell === undefined ? '/bin/sh' : `/usr/bin/${shell}`);
    restore = doasRules(
      `permit ${user.account.name}`,
      `permit nopass ${user.account.name} as nobody`,
    );
    rig = await startRig({ account: user.account });
  });
  afterAll(async () => {
    await rig.close();
    restore();
    user.remove();
    other.remove();
  });
  beforeEach(() => {
    own = mark();
  });

  const bytes = Buffer.from([...Array(256).keys(), 10, ...Array<number>(5_000).fill(7)]);

  test.each([
    ['doas', 'root', 'tty'],
    ['su', 'other', 'no tty'],
  ] as const)('%s with its password: to %s, on %s', async (method, name, tty) => {
    const doing = rig.begin('id -un; tty >/dev/null && echo tty || echo no tty; cat; exit 7', {
      become: becomes(method, { user: named(name), password: PASSWORD }),
      input: () => Readable.from([bytes.subarray(0, 3), bytes.subarray(3)]),
    });
    expect(await doing.end).toEqual({ kind: 'exit', code: 7 });
    const expected = `${named(name)}\n${tty}\n${bytes.toString('latin1')}`;
    expect(doing.output() === expected, doing.output().slice(0, 400)).toBe(true);
  });

  test('doas without a password, where none is needed, leaves the streams apart', async () => {
    const doing = rig.begin('id -un; echo err >&2', {
      become: becomes('doas', { user: 'nobody' }),
    });
    expect(await doing.end).toEqual({ kind: 'exit', code: 0 });
    expect([doing.output(), doing.error()]).toEqual(['nobody\n', 'err\n']);
  });

  test('with a wrong password, or none, both are refused', async () => {
    const refused = async (method: 'doas' | 'su', password?: string): Promise<string> => {
      const become = becomes(method, password === undefined ? {} : { password });
      const doing = rig.begin('id', { become });
      const failure = await failureOf(doing.end);
      expect(failure).toMatchObject({ code: 'become-denied', mayHaveRun: false });
      expect(doing.output() + doing.error()).toBe('');
      return failure.message.replace(rig.fleet.addresses(1)[0] ?? '', 'HOST');
    };
    const wrong = [refused('doas', 'wrong'), refused('su', 'wrong')];
    expect(await Promise.all([...wrong, refused('doas'), refused('su')])).toEqual([
      'doas to root on HOST was refused: doas: Authentication failed',
      'su to root on HOST was refused: su: Authentication failure',
      'doas to root on HOST needs a password, and none was given (--ask-become-pass)',
      'su to root on HOST needs a password, and none was given (--ask-become-pass)',
    ]);
  });

  test.each([
    ['doas', 'root'],
    ['su', 'other'],
  ] as const)('%s to %s is stopped with all that it began', async (method, name) => {
    const become = becomes(method, { user: named(name), password: PASSWORD });
    const doing = rig.begin(`${own.prefix}(setsid sleep 1000 &); sleep 1000; true`, { become });
    await own.count(3);
    expect(allThatIsListed()).not.toContain(PASSWORD);
    expect((await doing.stop()).end).toEqual(GONE);
    expect(own.processes()).toEqual([]);
    expect(doing.output() + doing.error()).not.toContain('canary');
  });

  test.each(installed('csh', 'fish', 'bash', 'zsh'))(
    'a login by %s takes the line as sh does',
    async (shell) => {
      user.changeShell(`/usr/bin/${shell}`);
      const command = `printf '%s|' "it's" 'a\\b' '!x' '$HOME' "ü\n"`;
      const doing = rig.begin(command, { become: becomes('doas', { user: 'nobody' }) });
      expect(await doing.end).toEqual({ kind: 'exit', code: 0 });
      const output = Buffer.from(doing.output(), 'latin1').toString();
      expect(output).toBe("it's|a\\b|!x|$HOME|ü\n|");
    },
  );

  function named(name: 'root' | 'other'): string {
    return name === 'other' ? other.account.name : name;
  }
});

const PASSWORD = "canary 'd4' !";
