import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { demoHosts } from '../../src/cli/demo/hosts.ts';
import { quoted } from '../../src/cli/demo/text.ts';
import { surprises } from '../../src/cli/demo/verdict.ts';
import type { ChildView, JobView } from '../../src/model/job.ts';
import { errorCode } from '../helpers/error-code.ts';
import { runMuster, startMuster, type MusterProcess } from '../helpers/run-muster.ts';
import { temporaryFolder } from '../setup/run-folder.ts';

/** Where the demonstrations of this file put their files; a blank in its name, since such names happen. */
let tmp: string;

beforeAll(() => {
  tmp = join(temporaryFolder('demo'), 'tmp of mine');
  mkdirSync(tmp);
});

afterAll(() => {
  expect(readdirSync(tmp)).toEqual([]);
  rmSync(dirname(tmp), { recursive: true });
});

function environment(): { readonly env: Readonly<Record<string, string>> } {
  return { env: { TMPDIR: tmp } };
}

describe('muster demo', () => {
  test('shows a job that failed by one host, and exits 0 since that is as it should be', async () => {
    const { code, text, errorText } = await runMuster(['demo'], environment());
    expect(code).toBe(0);
    expect(text).toMatch(
      /^\$ node \S+\/bin\/muster\.js run -i '\S+ of mine\/\S+\/hosts\.yaml' .* -a -b -- uname -sr$/mu,
    );
    expect(text).toMatch(/^web\[1-3,5-6\] \(5\)\n-+\nLinux 6\.1\.0\S*$/mu);
    expect(text).toMatch(/^web4\n-+\nLinux 5\.10\.0\S*$/mu);
    expect(text).toMatch(/^db1\n-+\ndemo: db1 was made to fail/mu);
    expect(text).toMatch(/^That run ended Failed, with exit status 1\.$/mu);
    expect(errorText).toMatch(/^completed +6 +web\[1-6\]$/mu);
    expect(errorText).toMatch(/^failed +1 +db1 +exit code 3$/mu);
    expect(errorText).toMatch(/^unreachable +1 +db2 +connection refused/mu);
  });

  test('shows the progress on a terminal', async () => {
    const { code, text } = await runMuster(['demo'], { ...environment(), terminal: {} });
    expect(code).toBe(0);
    expect(text).toMatch(/\d of 8 done, 1 failed, \d running/u);
  });

  test('takes as many hosts as it is told to', async () => {
    const { code, errorText } = await runMuster(['demo', '--hosts', '200'], environment());
    expect(code).toBe(0);
    expect(errorText).toMatch(/^completed +198 +db\[3-50\],web\[1-150\]$|^completed +198 /mu);
    expect(errorText).toMatch(/^200 hosts, /mu);
  });

  test.each([
    [['--hosts', '2'], 'not a whole number from 3 to 200'],
    [['--hosts', '201'], 'not a whole number from 3 to 200'],
    [['web1'], 'demo takes no words'],
    [['--kepe'], '--keep'],
  ])('demo %s starts nothing', async (args, message) => {
    const { code, text, errorText } = await runMuster(['demo', ...args], environment());
    expect([code, text]).toEqual([2, '']);
    expect(errorText).toContain(message);
  });

  test('Ctrl-C in the middle stops the job and removes everything', async () => {
    const { code, errorText } = await runMuster(['demo'], {
      ...environment(),
      signalAfter: { line: /^\$ node/u, signal: 'SIGINT' },
    });
    expect(code).toBe(130);
    expect(errorText).not.toContain('internal error');
    expect(readdirSync(tmp)).toEqual([]);
  });
});

describe('muster demo --keep', () => {
  let kept: MusterProcess;
  let folder: string;

  beforeAll(async () => {
    kept = startMuster(['demo', '--hosts', '4', '--keep'], {
      ...environment(),
      deadlineMs: 60_000,
    });
    await kept.line('stdout', /until Ctrl-C/u);
    folder = join(tmp, readdirSync(tmp)[0] ?? '');
  });

  test('keeps what others must not see to itself', () => {
    const modes = ['.', 'key', 'known_hosts', 'hosts.yaml'].map((name) =>
      (statSync(join(folder, name)).mode & 0o777).toString(8),
    );
    expect(modes).toEqual(['700', '600', '600', '600']);
  });

  test.each([
    [/muster\.js hosts .*--fold$/u, 0, /^db\[1-2\],web\[1-2\]\n$/u],
    [/muster\.js check .*-a$/u, 4, /^db1 +yes|^db1 +True/mu],
    [/-- uptime$/u, 0, /^web1: .* up \d+ days/mu],
    [/-b -- df$/u, 0, /\/dev\/vda1/u],
    [/-x db2 -O json -- hostname$/u, 1, /"output": ?"web2\\n"/u],
    [/-u 2 -- sleep 60$/u, 124, /^$/u],
    [/-- help$/u, 0, /^web1: this demo host knows: cat /mu],
    [/ start .*--name nap -- sleep 600$/u, 0, /RemoteJob +Running +True +web1,web2 +sleep 600$/mu],
    [/ jobs$/u, 0, /nap +RemoteJob +Running /u],
    [/ stop nap$/u, 0, /^$/u],
    [/ controller stop$/u, 0, /^$/u],
  ])('prints a line to try that works as it stands: %s', async (line, status, output) => {
    const printed = await kept.line('stdout', line);
    const tried = await inShell(printed, folder);
    expect(tried.output).toMatch(output);
    expect(tried.status).toBe(status);
  });

  test('is gone after Ctrl-C, with its files and its ports', async () => {
    const [address = '', port = ''] =
      /web1: \{ address: (\S+), port: (\d+) \}/u
        .exec(readFileSync(join(folder, 'hosts.yaml'), 'utf8'))
        ?.slice(1) ?? [];
    kept.kill('SIGINT');
    expect(await kept.ended).toMatchObject({ code: 0, signal: null });
    expect(readdirSync(tmp)).toEqual([]);
    const socket = connect(Number(port), address);
    const errors: readonly unknown[] = await once(socket, 'error');
    expect(errorCode(errors[0])).toBe('ECONNREFUSED');
  });

  test('says with its exit status that TERM ended it', async () => {
    const { code } = await runMuster(['demo', '--hosts', '3', '--keep'], {
      ...environment(),
      signalAfter: { line: /until Ctrl-C/u, signal: 'SIGTERM' },
    });
    expect(code).toBe(143);
    expect(readdirSync(tmp)).toEqual([]);
  });
});

/** What somebody who copies the line gets. */
async function inShell(
  line: string,
  runtime: string,
): Promise<{ status: number | null; output: string }> {
  const child = spawn('/bin/sh', ['-c', line], {
    stdio: ['ignore', 'pipe', 'ignore'],
    // A controller of its own, whatever runs on this machine.
    env: { ...process.env, XDG_RUNTIME_DIR: runtime, XDG_STATE_HOME: runtime },
  });
  let output = '';
  child.stdout.on('data', (data) => (output += String(data)));
  await once(child, 'close');
  return { status: child.exitCode, output };
}

describe('what a demonstration calls a surprise', () => {
  const child = (host: string, change: Partial<ChildView> = {}): ChildView => {
    const base: Partial<ChildView> = { host, state: 'Completed', exitCode: 0, failure: null };
    return { ...base, ...change } as ChildView;
  };
  const failure = (code: 'exit-code' | 'refused' | 'lost') =>
    ({ state: 'Failed', exitCode: null, failure: { code } }) as ChildView;
  const job = (children: readonly ChildView[], state: JobView['state'] = 'Failed'): JobView =>
    ({ state, children }) as JobView;
  const failed = child('db1', { ...failure('exit-code'), exitCode: 3 });
  const down = child('db2', failure('refused'));

  test('nothing, where one host failed and one is down', () => {
    expect(surprises(job([child('web1'), failed, down]), 1)).toEqual([]);
  });

  test.each<[string, JobView | null, number, string]>([
    ['no job', null, 2, 'no job was run'],
    ['a parent that completed', job([failed, down], 'Completed'), 1, 'Completed, not Failed'],
    ['another exit status', job([failed, down]), 4, 'the exit status is 4, not 1'],
    ['a host that should work', job([child('web1', failure('lost')), failed, down]), 1, 'web1 is'],
    ['a host that should fail', job([child('db1'), down]), 1, 'db1 is Completed (exit 0)'],
    ['a host that should be down', job([failed, child('db2')]), 1, 'db2 is Completed (exit 0)'],
  ])('%s', (_, ended, status, said) => {
    expect(surprises(ended, status).join('\n')).toContain(said);
  });
});

test.each([3, 4, 8, 200])('a fleet of %d has that many hosts, of each kind', (count) => {
  const hosts = demoHosts(count);
  expect(new Set(hosts.map(({ name }) => name)).size).toBe(count);
  const kinds = hosts
    .filter(({ kind }) => kind !== 'working')
    .map(({ name, kind }) => [name, kind]);
  expect(kinds).toEqual([
    ['db1', 'failing'],
    ['db2', 'closed'],
  ]);
});

test.each([
  ['/tmp/muster-demo-x/hosts.yaml', '/tmp/muster-demo-x/hosts.yaml'],
  ['/tmp/a b', "'/tmp/a b'"],
  ["it's $HOME", "'it'\\''s $HOME'"],
  ['', "''"],
])('%s is quoted for a shell where it has to be', (word, text) => {
  expect(quoted(word)).toBe(text);
});
