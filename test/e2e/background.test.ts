import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { startFleet, type Fleet } from '../fleet/sshd.ts';
import { background, type Background } from '../helpers/background.ts';
import { eventually } from '../helpers/eventually.ts';
import { endOf, eventsOf } from '../helpers/events.ts';
import { processInfo, remoteProcesses, signalProcess } from '../helpers/processes.ts';
import {
  said,
  type MusterOptions,
  type MusterProcess,
  type MusterResult,
} from '../helpers/run-muster.ts';
import { encryptKey } from '../transport/credentials/keygen.ts';

let fleet: Fleet;
let bg: Background;
let one: string;
let other: string;
/** In the environment of what runs on the hosts. */
const marker = randomUUID();
beforeAll(async () => {
  fleet = await startFleet({ hosts: 2 });
  [one = '', other = ''] = fleet.addresses(2);
  bg = background();
});
afterAll(async () => {
  await bg.close(['default', 'second']);
  await fleet.stop();
});

describe('without a controller', { timeout: 60_000 }, () => {
  test('there are no jobs, and a job that is named does not exist', async () => {
    const listed = await bg.muster(['jobs', '-O', 'json']);
    expect([listed.code, listed.text]).toEqual([0, '[]\n']);
    expect(listed.errorText).toContain('no controller is running');
    for (const verb of [
      'wait',
      'receive',
      'stop',
      'suspend',
      'resume',
      'rerun',
      'remove',
      'answer',
    ]) {
      const result = await bg.muster([verb, '1']);
      expect([result.code, result.errorText], verb).toEqual([
        2,
        expect.stringContaining('no such job: 1'),
      ]);
    }
  });

  test('run works in its own process and starts none; status says that there is none: exit 1', async () => {
    expect((await run('-w', one, '--', 'true')).code).toBe(0);
    const status = await bg.muster(['controller', 'status', '-O', 'json']);
    expect([status.code, status.text]).toEqual([1, 'null\n']);
    expect((await bg.muster(['controller', 'stop'])).code).toBe(0);
  });

  test('verbs that need to be told which jobs say so', async () => {
    for (const verb of ['wait', 'receive', 'stop', 'suspend', 'resume', 'remove']) {
      const result = await bg.muster([verb]);
      expect([result.code, result.errorText], verb).toEqual([
        2,
        expect.stringContaining('which jobs?'),
      ]);
    }
  });
});

describe('controller', { timeout: 60_000 }, () => {
  test('start starts one, and finds it the next time; status shows it', async () => {
    const first = await bg.muster(['controller', 'start', '--persist', '60', '--pool', '0,50']);
    expect(first.code, said(first)).toBe(0);
    const pid = (await bg.pid()) ?? 0;
    expect(first.text).toBe(`started: process ${pid}, socket ${bg.socket}\n`);
    const second = await bg.muster(['controller', 'start']);
    expect(second.text).toBe(`running already: process ${pid}, socket ${bg.socket}\n`);
    const status = await bg.json(['controller', 'status', '-O', 'json']);
    expect(status).toMatchObject({
      pid,
      version: packageJson.version,
      queued: 0,
      bytesHeld: 0,
      connections: 0,
    });
    expect(status).toHaveProperty('uptimeMs');
    expect(status).toHaveProperty('jobs.total', 0);
    expect((await bg.muster(['controller', 'status'])).text).toMatch(/^Pid: +\d+$/mu);
  });

  test('instances are apart', async () => {
    const job = await bg.job(start('--instance', 'second', '-w', one, '-O', 'json', '--', 'true'));
    expect(job.id).toBe(1);
    expect((await bg.muster(['jobs'])).text).toBe('');
    const listed = await bg.muster(['jobs', '--instance', 'second', '-O', 'quiet']);
    expect(listed.text).toBe('1\n');
    expect((await bg.muster(['controller', 'stop', '--instance', 'second'])).code).toBe(0);
  });

  test('stop is refused while a job is unfinished, and with --stop-jobs stops that first', async () => {
    const options = ['--instance', 'second'];
    await bg.job(start(...options, '-w', one, '-O', 'json', '--', sleeping()));
    await running(1);
    const refused = await bg.muster(['controller', 'stop', ...options]);
    expect(refused.code, said(refused)).toBe(2);
    expect(refused.errorText).toContain('1');
    const stopped = await bg.muster(['controller', 'stop', '--stop-jobs', ...options]);
    expect(stopped.code, said(stopped)).toBe(0);
    expect(remoteProcesses(marker)).toEqual([]);
    expect((await bg.muster(['controller', 'status', ...options])).code).toBe(1);
  });

  test('serve is a controller in the foreground, which Ctrl-C ends, and its jobs', async () => {
    const options = ['--instance', 'second'];
    const serve = bg.begin(['controller', 'serve', ...options]);
    await serve.line('stdout', /ready/u);
    await bg.job(start(...options, '-w', one, '-O', 'json', '--', sleeping()));
    await running(1);
    serve.kill('SIGINT');
    const result = await serve.ended;
    expect(result.code, said(result)).toBe(0);
    expect(remoteProcesses(marker)).toEqual([]);
  });

  test.each([
    [['controller'], /one of start, stop, status, serve/u],
    [['controller', 'sttaus'], /did you mean controller status/u],
    [['controller', 'stop', '--persist', '5'], /--persist is not for controller stop/u],
    [['controller', 'start', '--pool', '9,3'], /MIN,MAX/u],
    [['jobs', '--instance', '../x'], /cannot name a controller/u],
  ])('%j is refused', async (words, message) => {
    const result = await bg.muster(words);
    expect([result.code, result.errorText]).toEqual([2, expect.stringMatching(message)]);
  });
});

describe('run through a controller', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    expect((await bg.muster(['controller', 'start'])).code).toBe(0);
  });

  test('says and exits as in its own process, in every output', async () => {
    for (const mode of ['live', 'gather', 'table', 'json', 'quiet']) {
      const words = [
        '-w',
        `${one},${other}`,
        '-f',
        '1',
        '-O',
        mode,
        '--',
        'echo out; echo err >&2; exit 3',
      ];
      const [there, here] = [await run(...words), await run('--controller', 'never', ...words)];
      expect(plain(there), mode).toEqual(plain(here));
      expect(there.code).toBe(1);
    }
  });

  test('uses its open connections, and leaves no job behind', async () => {
    await run('-w', one, '--', 'true');
    const before = await connections();
    expect((await run('-w', one, '--', 'true')).code).toBe(0);
    expect(await connections()).toBe(before);
    expect((await run('-w', one, '--controller', 'never', '--', 'true')).code).toBe(0);
    expect(await connections()).toBe(before + 1);
    await eventually(async () => (await bg.muster(['jobs', '-O', 'quiet'])).text === '');
  });

  test('events are those of a job of its own, ended once', async () => {
    const result = await run('-w', one, '-O', 'jsonl', '--', 'echo a');
    expect(endOf(result)).toMatchObject({ state: 'Completed', location: one });
    expect(eventsOf(result).filter(({ event }) => event === 'end')).toHaveLength(1);
  });

  test('hands on standard input and files', async () => {
    const input = 'line\n'.repeat(100_000);
    const words = ['-w', `${one},${other}`, '-f', '1', '-N', '--stdin'];
    const piped = await run(...words, '-', '--', 'wc -c', { input });
    expect(piped.text, said(piped)).toBe('500000\n500000\n');
    const file = join(bg.folder, 'input');
    writeFileSync(file, 'abc');
    expect((await run(...words, file, '--', 'cat')).text).toBe('abc\nabc\n');
  });

  test('check goes through it too', async () => {
    const result = await bg.muster(['check', ...fleet.options, '-w', one]);
    expect([result.code, result.text]).toEqual([0, expect.stringMatching(/yes +auth/u)]);
  });

  test('asks for a passphrase at this terminal, before any host is touched', async () => {
    const key = join(bg.folder, 'locked');
    copyFileSync(fleet.userKey, key);
    chmodSync(key, 0o600);
    encryptKey(key, 'open sesame');
    const options = fleet.options.map((word) => word.replace(fleet.userKey, key));
    const words = ['run', ...options, '-w', one, '--color', 'never', '--', 'echo in'];
    const muster = bg.begin(words, { terminal: { columns: 200 } });
    await eventually(() => muster.soFar().includes('Passphrase for'));
    muster.write('open sesame\r');
    const result = await muster.ended;
    expect(result.code, said(result)).toBe(0);
    expect(result.text).toContain(`${one}: in`);
    expect(result.text).not.toContain('sesame');
  });

  test.each([
    ['SIGINT', 130],
    ['SIGHUP', 129],
    ['SIGTERM', 143],
  ] as const)('%s stops the job, by the ladder, and exits %i', async (signal, code) => {
    const muster = begin('-f', '1', '-w', `${one},${other}`, '--', sleeping());
    await running(1);
    muster.kill(signal);
    const result = await muster.ended;
    expect(result.code, said(result)).toBe(code);
    expect(result.errorText).toContain('stopping 2 hosts (1 running, 1 queued); again to leave');
    expect(result.errorText).toMatch(/stopped +1 .*not started/u);
    expect(remoteProcesses(marker)).toEqual([]);
  });

  test('a second Ctrl-C leaves at once and names the hosts; the controller ends the command', async () => {
    const muster = begin('-w', one, '--', `trap "" TERM; ${sleeping()}; ${sleeping()}`);
    await running(1);
    muster.kill('SIGINT');
    await muster.line('stderr', /stopping 1 host/u);
    muster.kill('SIGINT');
    const result = await muster.ended;
    expect(result.code, said(result)).toBe(130);
    expect(result.errorText).toContain(`left at once; not confirmed to have ended on ${one} (1)`);
    await eventually(() => remoteProcesses(marker).length === 0, { deadlineMs: 15_000 });
  });

  test('a client that is killed takes its job with it', async () => {
    const muster = begin('-w', one, '--', sleeping());
    await running(1);
    muster.kill('SIGKILL');
    await muster.ended;
    await eventually(() => remoteProcesses(marker).length === 0, { deadlineMs: 15_000 });
  });

  test('a controller that goes away is one line, exit 1, and the hosts are named', async () => {
    const muster = begin('-w', `${one},${other}`, '--', `echo begun; ${sleeping()}`);
    await running(2);
    await muster.line('stdout', /begun/u);
    const pid = (await bg.pid()) ?? 0;
    signalProcess(pid, 'SIGKILL');
    const result = await muster.ended;
    expect(result.code, said(result)).toBe(1);
    expect(result.errorText.trim().split('\n')).toHaveLength(1);
    expect(result.errorText).toContain('not known what became of');
    expect(result.errorText).toContain('(2)');
    await eventually(() => processInfo(pid) === null);
    for (const { pid: left } of remoteProcesses(marker)) signalProcess(left, 'SIGKILL');
    expect((await run('-w', one, '--', 'true')).code).toBe(0);
    expect((await bg.muster(['controller', 'start'])).text).toMatch(/^started/u);
  });

  test('--controller always starts one', async () => {
    const result = await run(
      '--controller',
      'always',
      '--instance',
      'second',
      '-w',
      one,
      '--',
      'echo a',
    );
    expect([result.code, result.text]).toEqual([0, `${one}: a\n`]);
    expect((await bg.muster(['controller', 'stop', '--instance', 'second'])).code).toBe(0);
  });
});

describe('a controller of another version', { timeout: 60_000 }, () => {
  test('is not used, which run says and does without it, and other verbs say', async () => {
    const folder = join(bg.folder, 'other');
    mkdirSync(join(folder, 'muster'), { recursive: true, mode: 0o700 });
    const server = createServer((_request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ version: '9.9.9', pid: 1 }));
    });
    const socket = join(folder, 'muster', 'default.sock');
    server.listen(socket);
    await once(server, 'listening');
    chmodSync(socket, 0o600);
    const env = { XDG_RUNTIME_DIR: folder };
    try {
      const auto = await run('-w', one, '--', 'echo a', { env });
      expect([auto.code, auto.text]).toEqual([0, `${one}: a\n`]);
      expect(auto.errorText).toMatch(
        /^muster: warning: .*9\.9\.9.*; working in this process instead$/mu,
      );
      for (const words of [['jobs'], ['run', '--controller', 'always', '-w', one, '--', 'true']]) {
        const result = await bg.muster(words, { env });
        expect([result.code, result.errorText]).toEqual([2, expect.stringContaining('9.9.9')]);
      }
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

function run(...args: readonly (string | MusterOptions)[]): Promise<MusterResult> {
  const words = args.filter((arg) => typeof arg === 'string');
  return bg.muster(
    ['run', ...fleet.options, ...words],
    args.find((arg) => typeof arg !== 'string'),
  );
}

function begin(...words: readonly string[]): MusterProcess {
  return bg.begin(['run', ...fleet.options, ...words]);
}

function start(...words: readonly string[]): readonly string[] {
  return ['start', ...fleet.options, ...words];
}

/** What differs from run to run, taken out. */
function plain({ code, text, errorText }: MusterResult): unknown {
  const same = (part: string): string =>
    part
      .replaceAll(/"(?:instanceId|begin|end|name)":"[^"]*"/gu, '""')
      .replaceAll(/"(?:id|parentId|durationMs)":[\d.]+/gu, '""')
      .replaceAll(/\d+(?:\.\d+)? s\b/gu, 'S')
      .replaceAll(/slowest.*/gu, '')
      .replaceAll(/ +/gu, ' ');
  return { code, text: same(text), errorText: same(errorText).split('\n').toSorted() };
}

async function connections(): Promise<number> {
  return (await fleet.log()).match(/Connection from/gu)?.length ?? 0;
}

/** Waits until so many processes of it run on the hosts. */
async function running(count: number): Promise<void> {
  await eventually(
    () => remoteProcesses(marker).filter(({ args }) => args[0] === 'sleep').length >= count,
    { deadlineMs: 15_000, what: `${count} commands on the hosts` },
  );
}

/** A command that runs for minutes, with the marker in its environment. */
function sleeping(): string {
  return `M=${marker} sleep 300`;
}
