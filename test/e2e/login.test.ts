import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pamAllowed, startPamFleet, type PamFleet } from '../fleet/pam.ts';
import { background, type Background } from '../helpers/background.ts';
import { eventually } from '../helpers/eventually.ts';
import { environmentOf, processes } from '../helpers/processes.ts';
import { runMuster, said, type MusterProcess, type MusterResult } from '../helpers/run-muster.ts';
import { temporaryFolder } from '../setup/run-folder.ts';

/** Searched for in all that anybody could see. */
const PASSWORD = 'canary-7f3a';
let fleet: PamFleet;
let folder: string;
let there: Background;
beforeAll(async () => {
  if (!pamAllowed()) return;
  fleet = await startPamFleet(PASSWORD);
  folder = temporaryFolder('login');
  there = background();
  writeFileSync(path('password'), `${PASSWORD}\nrest\n`, { mode: 0o600 });
});
afterAll(async () => {
  if (!pamAllowed()) return;
  await there.close();
  await fleet.stop();
  rmSync(folder, { recursive: true });
});

function path(name: string): string {
  return join(folder, name);
}

/** The password's file on descriptor 3. */
const ON_FD: readonly string[] = ['sh', '-c', 'exec "$@" 3< "$0"'];

function onFd(file: string): readonly string[] {
  return [...ON_FD, path(file)];
}

function args(verb: string, host: string, ...options: readonly string[]): readonly string[] {
  const colour = verb === 'run' ? ['--color', 'never'] : [];
  return [verb, ...fleet.options, ...colour, '-w', host, ...options];
}

/** Nothing that was written has the password in it. */
function expectNoPassword(result: MusterResult): void {
  expect(result.text).not.toContain(PASSWORD);
  expect(result.errorText).not.toContain(PASSWORD);
}

describe.runIf(pamAllowed())('a login password', () => {
  test('is read from a file descriptor, and is nowhere to be seen', async () => {
    const hosts = [fleet.host('password'), fleet.host('dialogue'), fleet.host('keyAndPassword')];
    const muster = there.begin(
      args('run', hosts.join(','), '-vv', '--pass-fd', '3', '--', 'echo in; sleep 1'),
      { through: onFd('password') },
    );
    await muster.line('stdout', /: in$/u);
    for (const { pid, args: words } of processes()) {
      const isOurs = words.some((word) => word.includes(folder));
      expect(words.join(' ')).not.toContain(PASSWORD);
      if (isOurs) expect(environmentOf(pid).join(' ')).not.toContain(PASSWORD);
    }
    const result = await muster.ended;
    expect(result.code, said(result)).toBe(0);
    expect(result.text.match(/: in$/gmu)).toHaveLength(3);
    expect(result.errorText).toContain('authenticate');
    expectNoPassword(result);
  });

  test('comes from a program that asks, where there is no terminal', async () => {
    const program = path('askpass');
    writeFileSync(
      program,
      `#!/bin/sh\necho "$1" > ${path('asked')}\nhead -1 ${path('password')}\n`,
    );
    chmodSync(program, 0o700);
    for (const name of ['MUSTER_ASKPASS', 'SSH_ASKPASS']) {
      const result = await runMuster(
        args('run', fleet.host('password'), '--ask-pass', '--', 'true'),
        {
          through: ['setsid', '--wait'],
          env: { [name]: program },
        },
      );
      expect(result.code, said(result)).toBe(0);
      expect(readFileSync(path('asked'), 'utf8')).toBe('Login password: \n');
    }
  });

  test('is asked for at the terminal, once for all hosts, and not shown', async () => {
    const hosts = `${fleet.host('password')},${fleet.host('dialogue')}`;
    const muster = there.begin(args('run', hosts, '--ask-pass', '--', 'echo in'), { terminal: {} });
    await types(muster, 'Login password: ', PASSWORD);
    const result = await muster.ended;
    expect(result.code, said(result)).toBe(0);
    expect(result.text.match(/: in\r?$/gmu)).toHaveLength(2);
    expect(result.text.match(/password: /gu)).toHaveLength(1);
    expectNoPassword(result);
  });

  test('that is wrong is one attempt on each host, exit 4, and says what was tried', async () => {
    writeFileSync(path('wrong'), 'wrong\n');
    const before = (await fleet.attempts()).length;
    const result = await runMuster(
      args('run', fleet.host('password'), '--retries', '3', '--pass-fd=3', '--', 'true'),
      { through: onFd('wrong') },
    );
    expect(result.code, said(result)).toBe(4);
    expect(result.errorText).toMatch(/was denied.*it takes password; tried \S+, the password/u);
    expect((await fleet.attempts()).slice(before)).toEqual([
      expect.stringContaining('Failed password') as string,
    ]);
  });

  test.each([
    ['without anybody to ask', ['--ask-pass'], /^muster: --ask-pass: there is no terminal/u],
    ['from a descriptor that is not open', ['--pass-fd', '9'], /--pass-fd 9: no open file/u],
    ['from an empty line', ['--pass-fd', '3'], /its first line, the login password, is empty/u],
    ['from two places', ['--ask-pass', '--pass-fd', '3'], /exclude each other/u],
  ])('%s is a mistake, and no host is touched: exit 2', async (_what, options, message) => {
    writeFileSync(path('empty'), '\n');
    const log = await fleet.log();
    const result = await runMuster(args('run', fleet.host('any'), ...options, '--', 'true'), {
      through: ['setsid', '--wait', ...onFd('empty')],
    });
    expect(result.code, said(result)).toBe(2);
    expect(result.errorText).toMatch(message);
    expect(await fleet.log()).toBe(log);
  });

  test('that is not given because of Ctrl-C ends the run, and the start of a job, with 130', async () => {
    for (const verb of ['run', 'start']) {
      const muster = there.begin(args(verb, fleet.host('any'), '--ask-pass', '--', 'true'), {
        terminal: {},
      });
      await types(muster, 'Login password: ', 'half\u0003', '');
      const result = await muster.ended;
      expect(result.code, said(result)).toBe(130);
    }
  });

  test('goes with a job to the background, and is in nothing that it keeps or tells', async () => {
    const started = await there.muster(
      args('start', fleet.host('password'), '--pass-fd', '3', '-O', 'json', '-vv', '--', 'echo in'),
      { through: onFd('password') },
    );
    expect(started.code, said(started)).toBe(0);
    const { id } = started.job();
    const waited = await there.muster(['wait', `${id}`, '-O', 'json']);
    const received = await there.muster(['receive', `${id}`, '--keep', '-O', 'json']);
    expect(waited.code, said(received)).toBe(0);
    expect(received.text).toContain('"output":"in\\n"');
    for (const result of [started, waited, received]) expectNoPassword(result);
    for (const file of filesBelow(there.folder)) {
      expect(readFileSync(file, 'latin1'), file).not.toContain(PASSWORD);
    }
  });
});

describe.runIf(pamAllowed())('a second factor', () => {
  test.each(['never', 'always'])(
    'is asked for at the terminal while the job runs, with --controller %s',
    async (controller) => {
      const host = fleet.host('keyAndDialogue');
      const muster = there.begin(
        args('run', host, '--controller', controller, '--persist', '0', '--', 'echo in'),
        {
          terminal: {},
        },
      );
      await types(muster, `${host} asks ${fleet.user}: Password: `, PASSWORD);
      const result = await muster.ended;
      expect(result.code, said(result)).toBe(0);
      expect(result.text).toContain(`${host}: in`);
      expectNoPassword(result);
    },
  );

  test('of several hosts is asked for one after the other', async () => {
    const hosts = [fleet.host('keyAndDialogue'), fleet.host('keyAndPassword')];
    const muster = there.begin(
      args('run', hosts.join(','), '--controller', 'never', '--', 'echo in'),
      { terminal: {} },
    );
    await types(muster, / asks \S+: [Pp]assword: /gu, PASSWORD);
    await types(muster, / asks \S+: [Pp]assword: [\s\S]* asks \S+: [Pp]assword: /gu, PASSWORD);
    const result = await muster.ended;
    expect(result.code, said(result)).toBe(0);
    expect(result.text.match(/: in\r?$/gmu)).toHaveLength(2);
  });

  test('that is not given because of Ctrl-C stops the job: exit 130', async () => {
    const host = fleet.host('keyAndDialogue');
    const muster = there.begin(args('run', host, '--controller', 'never', '--', 'true'), {
      terminal: {},
    });
    await types(muster, ' asks ', '\u0003', '');
    const result = await muster.ended;
    expect(result.code, said(result)).toBe(130);
    expect(result.text).toMatch(/stopped +1/u);
  });

  test('of a job in the background waits for muster answer', async () => {
    const host = fleet.host('keyAndDialogue');
    const { id } = await there.job(args('start', host, '--prompt', '-O', 'json', '--', 'echo in'));
    const blocked = await there.muster(['wait', `${id}`]);
    expect(blocked.code, said(blocked)).toBe(5);
    expect(blocked.errorText).toContain(`asks for: ${host} asks ${fleet.user}: Password`);
    const answered = await there.muster(['answer', `${id}`], { input: `${PASSWORD}\n` });
    expect(answered.code, said(answered)).toBe(0);
    const received = await there.muster(['receive', `${id}`, '--wait']);
    expect(received.text, said(received)).toContain(`${host}: in`);
    expect(received.code).toBe(0);
  });

  test('is asked for in the shell, once for all lines', async () => {
    // No connection to this one is kept from before.
    const host = fleet.host('keyAndPassword');
    const before = (await fleet.log()).length;
    const muster = there.begin(args('shell', host), { terminal: {} });
    await types(muster, '(1)> ', 'echo one-$((1 + 1))');
    await types(muster, `${host} asks ${fleet.user}: password: `, PASSWORD);
    await types(muster, /one-2[\s\S]*\(1\)> /u, 'echo two-$((2 + 2))');
    await types(muster, /two-4[\s\S]*\(1\)> /u, ':quit');
    const result = await muster.ended;
    expect(result.code, said(result)).toBe(0);
    expectNoPassword(result);
    expect((await fleet.log()).slice(before).match(/^Connection from/gmu)).toHaveLength(1);
  });

  test('without anybody to ask fails the child alone: exit 4', async () => {
    const hosts = `${fleet.host('any')},${fleet.host('keyAndDialogue')}`;
    const result = await runMuster(args('run', hosts, '-O', 'json', '--', 'echo in'), {
      through: ['setsid', '--wait'],
    });
    expect(result.code, said(result)).toBe(4);
    expect(result.job().children.map(({ failure }) => failure?.code ?? null)).toEqual([
      null,
      'auth-partial',
    ]);
  });
});

/** Types an answer once the question is on the screen. */
async function types(
  muster: MusterProcess,
  question: string | RegExp,
  answer: string,
  enter = '\r',
): Promise<void> {
  await eventually(
    () =>
      typeof question === 'string'
        ? muster.soFar().includes(question)
        : muster.soFar().search(question) >= 0,
    { what: `the question ${question} in: ${muster.soFar()}` },
  );
  muster.write(`${answer}${enter}`);
}

function filesBelow(top: string): readonly string[] {
  return readdirSync(top, { recursive: true, encoding: 'utf8' })
    .map((name) => join(top, name))
    .filter((file) => statSync(file).isFile());
}
