import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFleet, type Fleet } from '../fleet/sshd.ts';
import { endOf, eventsOf } from '../helpers/events.ts';
import { filesBelow } from '../helpers/files.ts';
import { runMuster, said, type MusterOptions, type MusterResult } from '../helpers/run-muster.ts';
import { temporaryFolder } from '../setup/run-folder.ts';

let fleet: Fleet;
let folder: string;
/** The first three hosts, and the node set that names them. */
let hosts: readonly string[];
let three: string;
/** A host of the fleet's network on which nothing listens. */
let closed: string;
beforeAll(async () => {
  fleet = await startFleet({ hosts: 4 });
  folder = temporaryFolder('run');
  hosts = fleet.addresses(3);
  const network = (hosts[0] ?? '').replace(/\.\d+$/u, '');
  three = `${network}.[1-3]`;
  closed = `${network}.200`;
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await fleet.stop();
});

describe('output', () => {
  test('live: each line under its host, both streams apart, and a summary on stderr', async () => {
    const result = await muster('-w', three, '--', 'echo out; echo err >&2; printf last');
    expect(result.code, said(result)).toBe(0);
    expect(linesOf(result.text)).toEqual(
      hosts.flatMap((host) => [`${host}: last`, `${host}: out`]),
    );
    for (const host of hosts) expect(result.errorText).toContain(`${host}: err\n`);
    expect(result.errorText).toContain(three);
  });

  test('-N: lines without the host', async () => {
    const result = await muster('-w', three, '-N', '--', 'echo out');
    expect(result.text).toBe('out\n'.repeat(3));
  });

  test('-b: what hosts said alike is printed once, the largest set first', async () => {
    const first = hosts[0] ?? '';
    const command = `case $SSH_CONNECTION in *" ${first} "*) echo other;; *) echo same; echo text;; esac`;
    const result = await muster('-w', three, '-b', '--', command);
    expect(result.code, said(result)).toBe(0);
    expect(result.text.match(/same\ntext\n/gu)).toHaveLength(1);
    expect(result.text.indexOf('same')).toBeLessThan(result.text.indexOf('other'));
    expect(result.text).toContain(`${three.replace('[1-3]', '[2-3]')} (2)`);
  });

  test('table: one row a host, in target order', async () => {
    const result = await muster('-w', three, '-O', 'table', '--', 'exit 3');
    expect(result.code).toBe(1);
    const [titles = '', ...rows] = result.text.trimEnd().split('\n');
    expect(titles).toMatch(/^Host +State +ExitCode/u);
    expect(rows.map((row) => row.split(/ +/u).slice(0, 3))).toEqual(
      hosts.map((host) => [host, 'Failed', '3']),
    );
  });

  test('json: one document with every child, its output and its failure', async () => {
    const result = await muster('-w', three, '-O', 'json', '--', 'echo out; echo err >&2; exit 3');
    const job = result.job();
    expect(result.code).toBe(1);
    expect(job).toMatchObject({ id: 1, name: 'Job1', type: 'RemoteJob', state: 'Failed' });
    expect(job.counts).toMatchObject({ failed: 3, total: 3 });
    expect(job.children.map(({ host }) => host)).toEqual(hosts);
    for (const child of job.children) {
      expect(child).toMatchObject({ exitCode: 3, output: 'out\n', error: 'err\n' });
      expect(child.failure).toMatchObject({ phase: 'run', code: 'exit-code', mayHaveRun: true });
    }
  });

  test('jsonl: events as they happen, the end last', async () => {
    const result = await muster('-w', three, '-O', 'jsonl', '--', 'echo out');
    const events = eventsOf(result);
    expect(events.filter(({ event }) => event === 'record')).toHaveLength(3);
    expect(events.filter(({ event }) => event === 'end')).toHaveLength(1);
    expect(endOf(result)).toMatchObject({ state: 'Completed', children: [{}, {}, {}] });
  });

  test('quiet: nothing but the exit status', async () => {
    const result = await muster('-w', three, '-O', 'quiet', '-q', '--', 'echo out; exit 1');
    expect(result).toMatchObject({ code: 1, text: '', errorText: '' });
  });

  test('--output-dir: a file for each host and stream beside the output', async () => {
    const directory = join(folder, 'new/outputs');
    const result = await muster(
      '-w',
      three,
      '--output-dir',
      directory,
      '--',
      'echo out; echo err >&2',
    );
    expect(result.code, said(result)).toBe(0);
    expect(linesOf(result.text)).toHaveLength(3);
    const files = filesBelow(directory);
    expect(files).toHaveLength(6);
    expect(readFileSync(join(directory, `${hosts[0] ?? ''}.out`), 'utf8')).toBe('out\n');
    expect(readFileSync(join(directory, `${hosts[0] ?? ''}.err`), 'utf8')).toBe('err\n');
  });

  test('a file that cannot be written is named, the job goes on, and the status is not 0', async () => {
    const directory = join(folder, 'blocked');
    const [first = '', second = ''] = hosts;
    mkdirSync(join(directory, `${first}.out`), { recursive: true });
    const result = await muster('-w', three, '--output-dir', directory, '--', 'echo out');
    expect(result.code, said(result)).toBe(1);
    expect(result.errorText).toContain(`muster: cannot write ${directory}/${first}.out`);
    expect(result.errorText).not.toMatch(/internal error/u);
    expect(readFileSync(join(directory, `${second}.out`), 'utf8')).toBe('out\n');
    expect(linesOf(result.text)).toHaveLength(3);
  });

  test('colour only where it is asked for, when this is no terminal', async () => {
    const coloured = await muster('-w', three, '--color', 'always', '--', 'echo out');
    expect(coloured.text).toContain('\u001B[');
    const plain = await muster('-w', three, '--', 'echo out');
    expect(plain.text).not.toContain('\u001B[');
  });

  test('-v tells the phases of each host, -vv the SSH conversation', async () => {
    const [host = ''] = hosts;
    const phases = await muster('-w', host, '-v', '--', 'true');
    expect(phases.errorText).toMatch(new RegExp(`${host}: authenticate took`, 'u'));
    const conversation = await muster('-w', host, '-vv', '--', 'true');
    expect(conversation.errorText.length).toBeGreaterThan(phases.errorText.length * 2);
  });
});

describe('exit status', () => {
  test.each([
    ['0 where every command succeeded', 'true', [], 0],
    ['1 where one failed', 'exit 7', [], 1],
    ['0 where the code counts as success', 'exit 7', ['--ok-codes', '5-7'], 0],
    ['124 where the time was over', 'sleep 30', ['-u', '0.2'], 124],
    ['the largest remote code with -S', 'exit 7', ['-S'], 7],
    ['128 and the signal with -S', 'kill -9 $$', ['-S'], 137],
    ['124 for a timeout with -S', 'sleep 30', ['-S', '-u', '0.2'], 124],
  ])('%s', async (_, command, options, status) => {
    const result = await muster('-w', three, ...options, '--', command);
    expect(result.code, said(result)).toBe(status);
  });

  test('4 where a host was not reached, and the others ran all the same', async () => {
    const result = await muster('-w', `${three},${closed}`, '--', 'echo out');
    expect(result.code, said(result)).toBe(4);
    expect(linesOf(result.text)).toHaveLength(3);
    expect(result.errorText).toContain(closed);
  });

  test('1 before 4: a command failed, and a host was not reached', async () => {
    expect((await muster('-w', `${three},${closed}`, '--', 'exit 3')).code).toBe(1);
  });

  test('255 with -S where a host was not reached', async () => {
    expect((await muster('-w', `${three},${closed}`, '-S', '--', 'exit 3')).code).toBe(255);
  });
});

describe('the command', () => {
  test('is its words joined with spaces, run by the remote shell, as ssh does', async () => {
    const result = await muster(
      '-w',
      three,
      '-b',
      '-N',
      '--',
      'echo',
      'a  b',
      '|',
      'tr',
      'ab',
      'xy',
    );
    expect(result.text).toContain('x y\n');
  });

  test('needs no -- where its first word is plain; options after it are its own', async () => {
    const result = await muster('-w', three, '-b', 'printf', '%s', '-w', '--all');
    expect(result.code, said(result)).toBe(0);
    expect(result.text).toContain('-w--all');
  });

  test('reads nothing without --stdin', async () => {
    const result = await muster('-w', three, '--', 'cat; echo end');
    expect(linesOf(result.text)).toEqual(hosts.map((host) => `${host}: end`));
  });

  test('reads our own standard input with --stdin -, on every host, the queued ones too', async () => {
    const input = 'line\n'.repeat(100_000);
    const args = ['-w', three, '-f', '1', '-N', '--stdin', '-', '--', 'wc -c'];
    const result = await muster(...args, { input });
    expect(result.code, said(result)).toBe(0);
    expect(result.text.split(/\s+/u).filter(Boolean)).toEqual(['500000', '500000', '500000']);
  });

  test('reads a file with --stdin FILE', async () => {
    const file = join(folder, 'input');
    writeFileSync(file, 'from a file\n');
    const result = await muster('-w', three, '-N', '--stdin', file, '--', 'cat');
    expect(result.text).toBe('from a file\n'.repeat(3));
  });

  test('need not read what it is given', async () => {
    const input = 'x'.repeat(4_000_000);
    const result = await muster('-w', three, '--stdin', '-', '--', 'head -c 1', { input });
    expect(result.code, said(result)).toBe(0);
  });
});

describe('the job', () => {
  test('--name names the parent and, with {host}, each child', async () => {
    const result = await muster('-w', three, '-O', 'json', '--name', 'up-{host}', '--', 'true');
    const job = result.job();
    expect(job.name).toBe('up');
    expect(job.children.map(({ name }) => name)).toEqual(hosts.map((host) => `up-${host}`));
  });

  test('--dry-run shows who would be run, as whom, and connects to nobody', async () => {
    const before = await connectionsTo(fleet);
    const result = await muster('-w', three, '--dry-run', '--', 'touch', join(folder, 'touched'));
    expect(result.code, said(result)).toBe(0);
    const rows = result.text.trimEnd().split('\n').slice(1);
    expect(rows.map((row) => row.split(/ +/u))).toEqual(
      hosts.map((host) => [host, fleet.user, host, String(fleet.port)]),
    );
    expect(await connectionsTo(fleet)).toBe(before);
  });

  test('-w=-HOST leaves a host out', async () => {
    const result = await muster('-w', three, `-w=-${hosts[1] ?? ''}`, '--', 'echo out');
    expect(linesOf(result.text)).toEqual([0, 2].map((at) => `${hosts[at] ?? ''}: out`));
  });

  test('--hosts-file - reads the hosts from standard input', async () => {
    const args = ['--hosts-file', '-', '--', 'echo out'];
    const result = await muster(...args, { input: `# three\n${hosts.join('\n')}\n` });
    expect(linesOf(result.text)).toHaveLength(3);
  });

  test('-f 1 runs one host after another', async () => {
    const result = await muster('-w', three, '-f', '1', '-O', 'jsonl', '--', 'true');
    const steps = eventsOf(result)
      .filter(({ event, host }) => event === 'state' && host !== null)
      .map(({ to }) => to);
    expect(steps).toEqual(hosts.flatMap(() => ['Running', 'Completed']));
  });

  test('--host-keys off warns, also with -q', async () => {
    const result = await muster('-w', three, '-q', '--host-keys', 'off', '--', 'true');
    expect(result.code, said(result)).toBe(0);
    expect(result.errorText).toMatch(/^muster: warning: host keys are not checked/u);
    expect(linesOf(result.errorText)).toHaveLength(1);
  });
});

function muster(...args: readonly (string | MusterOptions)[]): Promise<MusterResult> {
  const words = args.filter((arg) => typeof arg === 'string');
  const options = args.find((arg) => typeof arg !== 'string');
  return runMuster(['run', ...fleet.options, ...words], options);
}

async function connectionsTo(fleet: Fleet): Promise<number> {
  return (await fleet.log()).match(/Connection from/gu)?.length ?? 0;
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').filter(Boolean).toSorted();
}
