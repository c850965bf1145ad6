import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Connection } from '../../../src/model/ports/transport.ts';
import type { WorkContext } from '../../../src/model/ports/work.ts';
import { PLAIN_SSH } from '../../../src/model/ssh-settings.ts';
import { commandKind } from '../../../src/work/command.ts';
import { commandSpec, scriptSpec, type ScriptOptions } from '../../../src/work/kinds.ts';
import { scriptKind } from '../../../src/work/script/script.ts';
import { eventually } from '../../helpers/eventually.ts';
import { processes, processInfo, signalProcess } from '../../helpers/processes.ts';
import { temporaryFolder } from '../../setup/run-folder.ts';
import { failureOf } from '../../transport/connect/reach.ts';
import { doWork, GONE, mark, startRig, stateOf, type Doing, type Rig } from '../rig.ts';

/** Wants its file to have a name on the host. */
const NODE = process.execPath;

describe('a script on a real host', () => {
  let rig: Rig;
  let connection: Connection;
  let folder: string;
  beforeAll(async () => {
    rig = await startRig({ config: ['AcceptEnv TMPDIR MUSTER_*'] });
    connection = await rig.connect();
    folder = temporaryFolder('host');
  });
  afterAll(async () => {
    await rig.close();
    rmSync(folder, { recursive: true });
  });

  /** What the host's private folders would be in. */
  function place(name: string): string {
    const path = `${folder}/${name}`;
    mkdirSync(path);
    return path;
  }

  function about(
    TMPDIR: string,
    own: Connection,
  ): Partial<WorkContext> & Pick<WorkContext, 'target'> {
    const vars = { role: 'web server', list: [1, 'a b'] };
    const target = { ...connection.target, vars, ssh: { ...PLAIN_SSH, env: { TMPDIR } } };
    return { target, jobId: 7, index: 2, total: 5, connect: () => Promise.resolve(own) };
  }

  function send(
    script: string,
    TMPDIR: string,
    {
      context = {},
      own = connection,
      ...options
    }: ScriptOptions & {
      readonly context?: Partial<WorkContext>;
      readonly own?: Connection;
    } = {},
  ): Doing {
    const spec = scriptSpec('test', Buffer.from(script), options);
    return doWork(scriptKind, spec, { ...about(TMPDIR, own), ...context });
  }

  test('gets its arguments, its input, its folder and its variables, and tells its status', async () => {
    const input = async function* (): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(Buffer.from('in'));
      yield Buffer.from('put');
    };
    const script = [
      '#!/bin/bash',
      'printf "%s|" "$@" "$PWD" "$A" "$MUSTER_HOST" "$MUSTER_JOB" "$MUSTER_INDEX" "$MUSTER_TOTAL"',
      'printf "%s|" "$MUSTER_VAR_ROLE" "$MUSTER_VAR_LIST" "$(cat)" "$(ls -A "$TMPDIR")"; exit 4',
    ];
    const doing = send(script.join('\n'), place('all'), {
      args: ["it's", '$HOME', 'a\nb'],
      cwd: '/usr',
      env: { A: 'x\n!y' },
      context: { input },
    });
    expect(await doing.end).toEqual({ kind: 'exit', code: 4 });
    const host = connection.target.name;
    expect(doing.output()).toBe(
      `it's|$HOME|a\nb|/usr|x\n!y|${host}|7|2|5|web server|[1,"a b"]|input||`,
    );
    expect(doing.error()).toBe('');
  });

  test('over its stdin is nowhere written, and reads itself', async () => {
    const doing = send(
      '#!/bin/sh -e\necho "$1"\nhead -n1\nnot run\nls -A "$TMPDIR"',
      place('stdin'),
      {
        via: 'stdin',
        args: ['one'],
      },
    );
    expect((await doing.end).kind).toBe('exit');
    expect(doing.output()).toMatch(/^one\n/u);
    expect(readdirSync(`${folder}/stdin`)).toEqual([]);
  });

  test('fills in its arguments and its folder from a template', async () => {
    const doing = send('echo "$PWD" "$@"', place('template'), {
      template: true,
      cwd: '/{vars.dir}',
      args: ['{host}', '<{vars.role}>', '{{host}}', '{vars.list}'],
      context: { target: { ...connection.target, vars: { role: 'a  b', list: [1], dir: 'usr' } } },
    });
    expect(await doing.end).toEqual({ kind: 'exit', code: 0 });
    expect(doing.output()).toBe(`/usr ${connection.target.name} <a  b> {host} [1]\n`);
  });

  test.each([
    ['one without a name', '/bin/sh', 'trap "" TERM; echo ready; while :; do sleep 1000; done'],
    [
      'one with a name',
      NODE,
      'process.on("SIGTERM", () => {}); console.log("ready"); setInterval(() => {}, 1e6)',
    ],
  ])('is stopped by force and leaves nothing: %s', async (what, program, code) => {
    const own = mark();
    const TMPDIR = place(`kill ${what}`);
    const doing = send(`#!${program}\n${code}\n`, TMPDIR, {
      env: { MUSTER_MARK: own.name },
      context: { graceMs: 50 },
    });
    await eventually(() => doing.output() === 'ready\n');
    const hasName = program === NODE;
    expect(readdirSync(TMPDIR)).toHaveLength(hasName ? 1 : 0);
    expect((await doing.stop()).end).toEqual(GONE);
    expect(own.processes()).toEqual([]);
    expect(readdirSync(TMPDIR)).toEqual([]);
  });

  test('is halted and let go on', async () => {
    const own = mark();
    const doing = send('#!/bin/sh\necho ready\nread line\necho "$line"\n', place('halt'), {
      env: { MUSTER_MARK: own.name },
      context: {
        input: async function* () {
          await eventually(() => doing.suspendable() !== null && isHalted);
          yield Buffer.from('go on\n');
        },
      },
    });
    let isHalted = false;
    await eventually(() => doing.output() === 'ready\n');
    expect(await doing.suspendable()?.suspend()).toBeNull();
    const [one] = await own.count(1);
    expect(stateOf(one?.pid ?? 0)).toBe('T');
    isHalted = true;
    expect(await doing.suspendable()?.resume()).toBeNull();
    expect(await doing.end).toEqual({ kind: 'exit', code: 0 });
    expect(doing.output()).toBe('ready\ngo on\n');
  });

  test('whose connection is cut goes on, and its file is gone at its end', async () => {
    const own = mark();
    const TMPDIR = place('cut');
    const code = 'console.log("ready"); setInterval(() => {}, 1e6)';
    const doing = send(`#!${NODE}\n${code}\n`, TMPDIR, {
      env: { MUSTER_MARK: own.name },
      own: await rig.connect(),
    });
    await eventually(() => doing.output() === 'ready\n');
    const script = await own.count(1);
    doing.end.catch(() => undefined);
    for (const { parent } of script) signalProcess(processInfo(parent)?.parent ?? -1, 'SIGKILL');
    expect(await failureOf(doing.end)).toMatchObject({ code: 'lost', mayHaveRun: true });
    expect(readdirSync(TMPDIR)).toHaveLength(1);
    for (const { pid } of script) signalProcess(pid, 'SIGKILL');
    await eventually(() => readdirSync(TMPDIR).length === 0);
  });

  test('values of variables stand in no argument, neither ours nor that of a process', async () => {
    const canary = 'canary-7b1f';
    const sent: string[] = [];
    const own: Connection = {
      target: connection.target,
      address: connection.address,
      isShared: false,
      get running() {
        return connection.running;
      },
      exec: (text, listener, options) => {
        sent.push(text, JSON.stringify(options));
        return connection.exec(text, listener, options);
      },
      sftp: () => connection.sftp(),
      release: () => undefined,
      destroy: () => undefined,
    };
    let hasLooked = false;
    const input = async function* (): AsyncGenerator<Uint8Array> {
      await eventually(() => hasLooked);
      yield Buffer.from('');
    };
    const TMPDIR = place('canary');
    const tell = 'cat; echo "$PASSWORD"';
    const toldByNode = `process.stdin.resume().on('end', () => console.log(process.env.PASSWORD))`;
    const options = { env: { PASSWORD: canary } };
    const scripts = { ...options, own, context: { input } };
    const all = [
      doWork(commandKind, commandSpec(tell, options), { ...about(TMPDIR, own), input }),
      send(tell, TMPDIR, scripts),
      send(`#!${NODE}\n${toldByNode}`, TMPDIR, scripts),
    ];
    const looks: string[] = [];
    await eventually(() => {
      looks.push(...processes().flatMap(({ args }) => args));
      return all.every((doing) => doing.hasStarted());
    });
    const before = looks.length;
    await eventually(() => {
      looks.push(...processes().flatMap(({ args }) => args));
      return looks.slice(before).some((word) => word.startsWith(TMPDIR));
    });
    hasLooked = true;
    for (const doing of all) {
      expect(await doing.end).toEqual({ kind: 'exit', code: 0 });
      expect(doing.output()).toBe(`${canary}\n`);
    }
    expect(sent).toHaveLength(6);
    expect([...sent, ...looks].filter((word) => word.includes(canary))).toEqual([]);
  });

  test('a plain command finds what is said of its job where the host takes that', async () => {
    const spec = commandSpec('echo "$MUSTER_HOST $MUSTER_INDEX $MUSTER_VAR_ROLE"');
    const doing = doWork(commandKind, spec, about(place('plain'), connection));
    await doing.end;
    expect(doing.output()).toBe(`${connection.target.name} 2 web server\n`);
  });

  test('on a terminal it comes whole, however long its lines, and has the terminal', async () => {
    const long = 'x'.repeat(20_000);
    const tty = { columns: 91, rows: 33 };
    const script = `#!/bin/bash\n: '${long}\u0003\u0004\u001A'\nstty size; [ -t 0 ] && echo "\${#A}"; exit 5\n`;
    const doing = send(script, place('tty'), { tty, env: { A: long } });
    expect(await doing.end).toEqual({ kind: 'exit', code: 5 });
    expect(doing.output()).toBe('33 91\n20000\n');
    const reading = send('#!/bin/sh\ncat; echo done', place('tty end'), { tty });
    expect(await reading.end).toEqual({ kind: 'exit', code: 0 });
    expect(reading.output()).toBe('done\n');
  });
});
