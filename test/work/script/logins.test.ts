import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Connection } from '../../../src/model/ports/transport.ts';
import type { WorkContext } from '../../../src/model/ports/work.ts';
import { PLAIN_SSH } from '../../../src/model/ssh-settings.ts';
import { commandKind } from '../../../src/work/command.ts';
import { eachKind } from '../../../src/work/each.ts';
import { commandSpec, eachSpec, scriptSpec, type ScriptOptions } from '../../../src/work/kinds.ts';
import { scriptKind } from '../../../src/work/script/script.ts';
import { eventually } from '../../helpers/eventually.ts';
import { processes } from '../../helpers/processes.ts';
import { runFolder } from '../../setup/run-folder.ts';
import { isInPath } from '../../setup/tools.ts';
import { actor, becomes, IS_ROOT, type Actor } from '../become/accounts.ts';
import { doWork, GONE, installed, mark, startRig, type Doing, type Rig } from '../rig.ts';

const NASTY: readonly string[] = [
  "it's",
  '',
  '!!',
  '\\',
  '$HOME`id`',
  'a\n\nb ',
  '-e',
  '"é\u202E"',
  '{*}',
];

describe.runIf(IS_ROOT)('a login', () => {
  let user: Actor;
  let rig: Rig;
  /** May be entered by everybody; the login shell is a link in it. */
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(runFolder(), 'logins-'));
    chmodSync(folder, 0o1777);
    // fish wants places of its own where it may write.
    mkdirSync(join(folder, 'home'));
    chmodSync(join(folder, 'home'), 0o777);
    // Its name decides what busybox is; others do not look at it.
    user = actor('l', PASSWORD, join(folder, 'ash'));
    setShell('dash');
    rig = await startRig({ account: user.account, config: ['AcceptEnv TMPDIR LANG XDG_*'] });
  });
  afterAll(async () => {
    await rig.close();
    user.remove();
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => {
    expect(readdirSync(folder)).toEqual(['ash', 'home']);
  });

  function setShell(name: string): void {
    const link = join(folder, 'ash');
    rmSync(link, { force: true });
    const place = ['/bin', '/usr/bin'].find(
      (one) => isInPath(name) && readdirSync(one).includes(name),
    );
    symlinkSync(join(place ?? '', name), link);
  }

  function about(connection: Connection): Partial<WorkContext> & Pick<WorkContext, 'target'> {
    const home = join(folder, 'home');
    // Without a locale fish reads what is not ASCII as Latin-1, and hands it on so.
    const LANG = 'C.UTF-8';
    const env = { TMPDIR: folder, LANG, XDG_DATA_HOME: home, XDG_CONFIG_HOME: home };
    const ssh = { ...PLAIN_SSH, env };
    const target = { ...connection.target, ssh };
    return { target, connect: () => Promise.resolve(connection) };
  }

  function send(
    connection: Connection,
    script: string,
    options: ScriptOptions,
    context: Partial<WorkContext> = {},
  ): Doing {
    const spec = scriptSpec('test', Buffer.from(script), options);
    return doWork(scriptKind, spec, { ...about(connection), ...context });
  }

  test.each(installed('fish', 'csh'))(
    'by %s gets a line feed in a value as one, or runs nothing',
    async (shell) => {
      setShell(shell);
      const connection = await rig.connect();
      const doing = doWork(eachKind, eachSpec('echo'), {
        ...about(connection),
        item: 'a\necho and more\nb',
      });
      const { kind, code } = { code: null, ...(await doing.end) };
      const refusal =
        'muster: a value has a line feed, which the login shell would take for the end of the command\n';
      expect([kind, code, doing.output(), doing.error()]).toEqual(
        shell === 'fish' ? ['exit', 0, 'a\necho and more\nb\n', ''] : ['exit', 125, '', refusal],
      );
    },
  );

  test.each(installed('dash', 'bash', 'zsh', 'busybox', 'fish', 'csh', 'tcsh'))(
    'whose shell is %s gives scripts and commands what they are to have, byte for byte',
    async (shell) => {
      setShell(shell);
      const connection = await rig.connect();
      const env = Object.fromEntries(NASTY.map((value, at) => [`V${at}`, value]));
      const tell = NASTY.map((_, at) => `"$V${at}"`).join(' ');
      const wanted = [...NASTY, ...NASTY].map((word) => `<${word}>`).join('');
      for (const via of ['file', 'stdin'] as const) {
        const script = `#!/bin/sh -e\nprintf '<%s>' "$@" ${tell}; pwd`;
        const doing = send(connection, script, { via, args: NASTY, env, cwd: '/usr' });
        expect(await doing.end).toEqual({ kind: 'exit', code: 0 });
        expect(Buffer.from(doing.output(), 'latin1').toString()).toBe(`${wanted}/usr\n`);
        expect(doing.error()).toBe('');
      }
      const spec = commandSpec('/usr/bin/env; exit 3', { env, cwd: '/usr' });
      const command = doWork(commandKind, spec, about(connection));
      expect(await command.end).toEqual({ kind: 'exit', code: 3 });
      const output = Buffer.from(command.output(), 'latin1').toString();
      for (const [name, value] of Object.entries(env))
        expect(output).toContain(`${name}=${value}\n`);
      expect(output).toContain('PWD=/usr\n');
    },
  );

  test('that becomes another user has the script run as that one, with input, and nothing left', async () => {
    setShell('tcsh');
    user.sudo('ALL=(ALL) ALL');
    const connection = await rig.connect();
    const become = becomes('sudo', { password: PASSWORD });
    const own = mark();
    for (const program of ['/bin/sh', '/bin/csh']) {
      const script = `#!${program}\nid -un; pwd; printenv A MUSTER_INDEX; echo $1; cat; exit 4\n`;
      const input = async function* (): AsyncGenerator<Uint8Array> {
        yield await Promise.resolve(Buffer.from('in\nput'));
      };
      const options = { env: { A: 'x\ny' }, cwd: '~', args: ['one'] };
      const doing = send(connection, script, options, { become, input });
      expect(await doing.end).toEqual({ kind: 'exit', code: 4 });
      expect(doing.output()).toBe('root\n/root\nx\ny\n0\none\nin\nput');
      expect(doing.error()).toBe('');
    }
    const script = '#!/bin/sh\nid -un; echo "$1"; [ -t 1 ] && echo "on a terminal"; exit 5\n';
    const overStdin = send(connection, script, { via: 'stdin', args: ['one'] }, { become });
    expect(await overStdin.end).toEqual({ kind: 'exit', code: 5 });
    expect(overStdin.output()).toBe('root\none\n');
    const tty = { columns: 80, rows: 24 };
    const onTerminal = send(connection, script, { tty, args: ['one'] }, { become });
    expect(await onTerminal.end).toEqual({ kind: 'exit', code: 5 });
    expect(onTerminal.output()).toBe('root\none\non a terminal\n');
    const stubborn = `#!/bin/csh\nsh -c 'trap "" TERM; echo ready; while :; do sleep 1000; done'\n`;
    const env = { MUSTER_MARK: own.name, TMPDIR: folder };
    const doing = send(connection, stubborn, { env }, { become, graceMs: 50 });
    await eventually(() => doing.output() === 'ready\n');
    expect((await doing.stop()).end).toEqual(GONE);
    expect(own.processes()).toEqual([]);
    expect(readdirSync('/tmp').filter((name) => /^muster-[\da-f]{8}-/u.test(name))).toEqual([]);
  });

  test('that becomes another user tells commands what is said of their job, and values to nobody else', async () => {
    setShell('fish');
    user.sudo('ALL=(ALL) NOPASSWD: ALL');
    const connection = await rig.connect();
    const env = { SECRET: 'canary-91c2' };
    const spec = commandSpec('cat; printenv SECRET MUSTER_HOST; id -un', { env });
    let hasLooked = false;
    const input = async function* (): AsyncGenerator<Uint8Array> {
      await eventually(() => hasLooked);
      yield Buffer.from('');
    };
    const doing = doWork(commandKind, spec, {
      ...about(connection),
      input,
      become: becomes('sudo', { user: 'nobody' }),
    });
    await eventually(() => doing.hasStarted());
    await eventually(() => processes().some(({ args }) => args[0] === 'cat'));
    const words = processes().flatMap(({ args }) => args);
    hasLooked = true;
    await doing.end;
    expect(doing.output()).toBe(`canary-91c2\n${connection.target.name}\nnobody\n`);
    expect(words.filter((word) => word.includes('canary-91c2'))).toEqual([]);
  });
});

const PASSWORD = 'pass-for-tests';
