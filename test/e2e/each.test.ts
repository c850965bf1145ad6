import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFleet, type Fleet } from '../fleet/sshd.ts';
import { background } from '../helpers/background.ts';
import { eventsOf } from '../helpers/events.ts';
import { environmentOf, processes } from '../helpers/processes.ts';
import {
  runMuster,
  said,
  startMuster,
  type MusterOptions,
  type MusterResult,
} from '../helpers/run-muster.ts';
import { temporaryFolder } from '../setup/run-folder.ts';

let folder: string;
beforeAll(() => {
  folder = temporaryFolder('each');
});
afterAll(() => rmSync(folder, { recursive: true }));

const NASTY: readonly string[] = [
  'a b',
  ' lead and trail ',
  '-rf',
  '--',
  "it's",
  '"',
  '$(touch OWNED)',
  '`touch OWNED`',
  '; touch OWNED',
  '\\',
  '*',
  '{}',
  'ü 中 🙂',
  "'; touch OWNED; '",
];

describe('each on this machine', () => {
  test('runs the command once for each line, which is one word of it', async () => {
    for (const command of [
      ['echo', '<{}>'],
      ['echo "<{}>"'],
      ['printf', '<%s>\\n'],
      ["printf '<%s>\\n' {}"],
    ]) {
      const result = await each([...command], NASTY, '-N', '-f', '1');
      expect(result.code, said(result)).toBe(0);
      expect(result.text).toBe(NASTY.map((item) => `<${item}>\n`).join(''));
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  test('labels what they say by the item, and counts items', async () => {
    const result = await each(['echo out; [ {} = good ] || exit 3'], ['good', 'bad one']);
    expect(result.code, said(result)).toBe(1);
    expect(result.text.split('\n').filter(Boolean).toSorted()).toEqual([
      'bad one: out',
      'good: out',
    ]);
    expect(result.errorText).toMatch(
      /completed +1 +good\nfailed +1 +bad one +exit code 3\n2 items,/u,
    );
  });

  test('-O json: a LocalJob with one child for each item, in their order', async () => {
    const result = await each(['echo', 'x{}'], ['1', '2', '3'], '-O', 'json');
    const job = result.job();
    expect(job).toMatchObject({
      type: 'LocalJob',
      state: 'Completed',
      command: 'echo x{}',
    });
    expect(job.counts).toMatchObject({ completed: 3, total: 3 });
    expect(job.children.map(({ command, output }) => [command, output])).toEqual([
      ['echo x1', 'x1\n'],
      ['echo x2', 'x2\n'],
      ['echo x3', 'x3\n'],
    ]);
  });

  test('case 78: runs --fanout at a time', async () => {
    const result = await each(['true'], ['1', '2', '3'], '-f', '1', '-O', 'jsonl');
    const steps = eventsOf(result)
      .filter(({ event, host }) => event === 'state' && host !== null)
      .map(({ to }) => to);
    expect(steps).toEqual(['1', '2', '3'].flatMap(() => ['Running', 'Completed']));
  });

  test('case 10, 93: runs in the folder and with the environment of the caller', async () => {
    const cwd = join(folder, 'a b');
    mkdirSync(cwd);
    const command = ['echo "$PWD $FROM_CALLER" {}'];
    const result = await each(command, ['x'], '-N', { cwd, env: { FROM_CALLER: 'yes' } });
    expect(result.text).toBe(`${cwd} yes x\n`);
    rmSync(cwd, { recursive: true });
  });

  test('-0 takes items that end with NUL', async () => {
    const result = await muster(['-0', '-N', '-f', '1', '--', 'echo', '<{}>'], {
      input: 'a\nb\0\0c\0',
    });
    expect(result.text).toBe('<a\nb>\n<c>\n');
  });

  test('a program that is not there fails in the phase open', async () => {
    const result = await each(['no-such-program', '{}'], ['x'], '-O', 'json');
    expect(result.code).toBe(4);
    const [child] = result.job().children;
    expect(child?.failure).toMatchObject({
      phase: 'open',
      code: 'exec-refused',
      message: 'cannot run no-such-program: no such file',
      mayHaveRun: false,
    });
  });

  test('--timeout ends what takes too long', async () => {
    const result = await each(['sleep {}'], ['0', '60'], '-u', '0.3');
    expect(result.code, said(result)).toBe(124);
    expect(result.errorText).toMatch(/timed out +1 +60 +timed out after 0.3 s/u);
  });

  test('--ok-codes, --markers and --records mean what they mean to run', async () => {
    const said = 'echo ::warning::careful; echo "{\\"n\\": 1}"; exit {}';
    const args = ['--ok-codes', '0,3', '--markers', '--records', '-O', 'jsonl'];
    const result = await each([said], ['3'], ...args);
    expect(result.code).toBe(0);
    const records = eventsOf(result).filter(({ event }) => event === 'record');
    expect(records.map(({ stream, data }) => [stream, data])).toEqual([
      ['warning', 'careful\n'],
      ['output', '{"n": 1}\n'],
    ]);
  });

  test('Ctrl-C stops what runs and what waits, and leaves nothing', async () => {
    const mark = `each-${process.pid}`;
    const running = startMuster(
      ['each', '-f', '2', '--', 'echo on; setsid sleep 60 & sleep 60 {}'],
      {
        input: '1\n2\n3\n',
        env: { EACH_TEST: mark },
      },
    );
    await Promise.all([running.line('stdout', /^1: on/u), running.line('stdout', /^2: on/u)]);
    running.kill('SIGINT');
    const result = await running.ended;
    expect(result.code, said(result)).toBe(130);
    expect(result.errorText).toMatch(/stopped +2 .*\nstopped +1 .*not started/u);
    expect(
      processes().filter(({ pid }) => environmentOf(pid).includes(`EACH_TEST=${mark}`)),
    ).toEqual([]);
  });

  test('without items does nothing, and says so', async () => {
    for (const input of ['', '\n\n']) {
      const result = await muster(['--', 'touch', join(folder, 'touched')], { input });
      expect(result.code).toBe(0);
      expect(result.errorText).toBe('muster: standard input holds no item: nothing to do\n');
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  test('--dry-run shows the items and runs nothing', async () => {
    const result = await each(['touch', join(folder, '{}')], ['a b', 'c'], '--dry-run');
    expect(result.code, said(result)).toBe(0);
    const rows = result.text
      .trimEnd()
      .split('\n')
      .map((row) => row.split(/ {2,}/u).slice(0, 2));
    expect(rows).toEqual([
      ['Item', 'Host'],
      ['a b', 'localhost'],
      ['c', 'localhost'],
    ]);
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each<[string, readonly string[], MusterOptions, string]>([
    ['no command', [], {}, 'there is no command to run'],
    [
      'options of hosts',
      ['-l', 'me', '--', 'echo'],
      {},
      '--user is for hosts, and there are no targets',
    ],
    [
      'an item that is no text',
      ['--', 'echo'],
      { input: Buffer.of(0x61, 0xff) },
      'standard input: line 1 is not valid UTF-8',
    ],
    [
      'too many items',
      ['--max-hosts', '2', '--', 'echo'],
      { input: 'a\nb\nc\n' },
      'there are more than 2 items',
    ],
    [
      'an unsafe place',
      ['--', 'echo `cat {}`'],
      { input: 'a\n' },
      'an item cannot be put safely into backticks',
    ],
    [
      'hosts and items on stdin',
      ['--hosts-file', '-', '--', 'echo'],
      {},
      'standard input can be read only once',
    ],
    [
      'a terminal',
      ['--', 'echo'],
      { terminal: {} },
      'the items are read from standard input, which is a terminal',
    ],
  ])('%s is a mistake in the call', async (_, args, options, message) => {
    const result = await muster(args, options);
    expect(result.code, said(result)).toBe(2);
    expect(result.text + result.errorText).toContain(`muster: ${message}`);
  });
});

test('case 50: --as-job runs them in the background, labelled when received', async () => {
  const there = background();
  try {
    const input = 'a b\nc\n';
    const command = ['--', 'pwd; echo "$FROM_CALLER" {}'];
    const cwd = join(folder, 'in the background');
    mkdirSync(cwd);
    const options = { input, cwd, env: { FROM_CALLER: 'yes' } };
    const started = await there.muster(['each', '--as-job', '-O', 'json', ...command], options);
    expect(started.code, said(started)).toBe(0);
    expect(started.job()).toMatchObject({ type: 'LocalJob', counts: { total: 2 } });
    const received = await there.muster(['receive', String(started.job().id), '--wait']);
    expect(received.code, said(received)).toBe(0);
    expect(received.text.split('\n').filter(Boolean).toSorted()).toEqual([
      `a b: ${cwd}`,
      'a b: yes a b',
      `c: ${cwd}`,
      'c: yes c',
    ]);
    rmSync(cwd, { recursive: true });
  } finally {
    await there.close();
  }
});

describe('each with targets', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({ hosts: 2 });
  });
  afterAll(() => fleet.stop());

  test('spreads the items over the hosts in turn, and labels by the item', async () => {
    const hosts = fleet.addresses(2);
    const args = [...fleet.options, '-w', hosts.join(',')];
    const result = await each(['echo', '{}'], ['1', '2', '3'], ...args, '-O', 'json');
    expect(result.code, said(result)).toBe(0);
    const job = result.job();
    expect(job.type).toBe('RemoteJob');
    expect(job.children.map(({ host, command, output }) => [host, command, output])).toEqual([
      [hosts[0], "echo '1'", '1\n'],
      [hosts[1], "echo '2'", '2\n'],
      [hosts[0], "echo '3'", '3\n'],
    ]);
    const live = await each(['echo got'], ['a b'], ...args);
    expect(live.text).toBe('a b: got a b\n');
  });

  test('gives each item to the remote shell as one word', async () => {
    const args = [...fleet.options, '-w', fleet.addresses(2).join(','), '-N', '-f', '1'];
    const result = await each(["printf '<%s>\\n' {}"], NASTY, ...args);
    expect(result.code, said(result)).toBe(0);
    expect(result.text).toBe(NASTY.map((item) => `<${item}>\n`).join(''));
  });
});

/** `each` with these lines on its standard input, in a folder where anything that was made would show. */
function each(
  command: readonly string[],
  items: readonly string[],
  ...more: readonly (string | MusterOptions)[]
): Promise<MusterResult> {
  const args = more.filter((arg) => typeof arg === 'string');
  const options = more.find((arg) => typeof arg !== 'string');
  const input = items.map((item) => `${item}\n`).join('');
  return muster([...args, '--', ...command], { input, cwd: folder, ...options });
}

function muster(args: readonly string[], options: MusterOptions): Promise<MusterResult> {
  return runMuster(['each', ...args], options);
}
