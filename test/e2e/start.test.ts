import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFleet, type Fleet } from '../fleet/sshd.ts';
import { background, jobsJson, type Background } from '../helpers/background.ts';
import type { JobJson } from '../helpers/job-json.ts';
import { said, type MusterOptions } from '../helpers/run-muster.ts';
import { startAgent } from '../transport/credentials/agent.ts';

let fleet: Fleet;
let bg: Background;
let one: string;
beforeAll(async () => {
  fleet = await startFleet({ hosts: 1 });
  [one = ''] = fleet.addresses(1);
  bg = background();
});
afterAll(async () => {
  await bg.close();
  await fleet.stop();
});

describe('start', { timeout: 60_000 }, () => {
  test('of 1,000 hosts that never answer returns at once, and so does their stop', async () => {
    const server = createServer((socket) => socket.on('error', () => undefined).resume());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const names = Array.from({ length: 1000 }, (_, index) => `silent${index + 1}`);
    const lines = names.map((name) => `  ${name}: { address: 127.0.0.1, port: ${port} }\n`);
    const inventory = join(bg.folder, 'hosts.yaml');
    writeFileSync(inventory, `hosts:\n${lines.join('')}`, { mode: 0o600 });
    await bg.muster(['controller', 'start']);
    const words = [
      'start',
      '-i',
      inventory,
      '-a',
      '-t',
      '60',
      '-f',
      '8',
      '-O',
      'json',
      '--',
      'true',
    ];
    const started = await bg.muster(words);
    expect(started.code, said(started)).toBe(0);
    expect(started.durationMs).toBeLessThan(15_000);
    const job = started.job();
    expect(job.counts).toMatchObject({ total: 1000, completed: 0, failed: 0 });
    expect(job.children.map(({ id }) => id)).toEqual(names.map((_, index) => job.id + 1 + index));
    const held = await bg.look(job.id);
    expect(held.counts).toMatchObject({ running: 8, queued: 992 });
    const stopped = await bg.muster(['stop', `${job.id}`, '--timeout', '15']);
    expect(stopped.code, said(stopped)).toBe(0);
    expect((await bg.look(job.id)).counts.stopped).toBe(1000);
    server.close();
  });

  test('leaves it to the job to fail where a host cannot be reached', async () => {
    const closed = one.replace(/\.\d+$/u, '.200');
    const job = await started('-w', closed, '--', 'true');
    expect((await bg.muster(['wait', `${job.id}`])).code).toBe(4);
  });

  test('takes standard input along, whole, and files', async () => {
    const options = ['start', ...fleet.options, '-w', one, '-O', 'quiet'];
    const input = 'line\n'.repeat(200_000);
    const piped = await bg.muster([...options, '--stdin', '-', '--', 'sleep 0.3; wc -c'], {
      input,
    });
    expect(piped.code, said(piped)).toBe(0);
    const text = await bg.muster(['receive', piped.text.trim(), '--wait', '-N', '-q']);
    expect(text.text).toBe('1000000\n');
  });

  test('takes the agent along that the caller has, not the one the controller was started with', async () => {
    const agent = await startAgent();
    agent.add(fleet.userKey);
    try {
      const options = fleet.options.filter((word) => !word.includes(fleet.userKey));
      const words = ['start', ...options, '-w', one, '-O', 'quiet', '--', 'true'];
      const without = await bg.muster(words);
      expect((await bg.muster(['wait', without.text.trim()])).code).toBe(4);
      const env = { SSH_AUTH_SOCK: agent.socket };
      const job = await bg.muster(words, { env });
      expect((await bg.muster(['wait', job.text.trim()])).code).toBe(0);
      const refused = await bg.muster(['rerun', without.text.trim(), '-q']);
      expect((await bg.muster(['wait', refused.text.trim()])).code).toBe(4);
      const again = await bg.muster(['rerun', without.text.trim(), '-q'], { env });
      expect((await bg.muster(['wait', again.text.trim()])).code).toBe(0);
    } finally {
      await agent.stop();
    }
  });

  test('--name names the children too', async () => {
    const job = await started('-w', one, '--name', 'up-{host}', '--', 'true');
    expect([job.name, job.children[0]?.name]).toEqual(['up', `up-${one}`]);
  });

  test('--dry-run starts nothing', async () => {
    const before = (await bg.muster(['jobs', '-O', 'quiet'])).text;
    const result = await bg.muster([
      'start',
      ...fleet.options,
      '-w',
      one,
      '--dry-run',
      '--',
      'true',
    ]);
    expect([result.code, result.text]).toEqual([0, expect.stringContaining(one)]);
    expect((await bg.muster(['jobs', '-O', 'quiet'])).text).toBe(before);
  });

  test('check --as-job is a job like any other', async () => {
    const job = await bg.job(['check', ...fleet.options, '-w', one, '--as-job', '-O', 'json']);
    expect(job.type).toBe('CheckJob');
    const [waited] = jobsJson(await bg.json(['wait', `${job.id}`, '-O', 'json']));
    expect(waited?.children[0]).toMatchObject({ check: { online: true, reached: 'auth' } });
  });

  test.each([
    [['start', '-w', 'a'], /there is no command/u],
    [['start', '--local', '-w', 'a', '--', 'true'], /--local and --hosts exclude/u],
    [['start', '-O', 'gather', '-w', 'a', '--', 'true'], /none of table, json, quiet/u],
    [['run', '--as-job', '-b', '-w', 'a', '--', 'true'], /--as-job and --gather exclude/u],
    [['run', '--as-job', '-O', 'jsonl', '-w', 'a', '--', 'true'], /-O jsonl exclude/u],
    [['run', '--as-job', '--controller', 'never', '-w', 'a', '--', 'true'], /never has none/u],
    [['run', '--prompt', '-w', 'a', '--', 'true'], /in the background/u],
    [['start', '-w', 'a,@nogroup', '--', 'true'], /nogroup/u],
  ])('%j is refused, and nothing is started', async (words, message) => {
    const result = await bg.muster(words);
    expect([result.code, result.errorText]).toEqual([2, expect.stringMatching(message)]);
  });
});

describe('start --local', { timeout: 60_000 }, () => {
  test('is a LocalJob with one child, localhost', async () => {
    const job = await local({}, '--', 'echo here; exit 4');
    expect(job).toMatchObject({ type: 'LocalJob', location: 'localhost' });
    expect(job.children.map(({ host }) => host)).toEqual(['localhost']);
    const result = await bg.muster(['receive', `${job.id}`, '--wait', '-q']);
    expect([result.code, result.text], said(result)).toEqual([1, 'localhost: here\n']);
  });

  test('case 5: hands words on as arguments, in order, unchanged', async () => {
    const job = await local({}, '--', 'sh', '-c', 'echo "$2|$1"', 'sh', 'A  1', 'B $x');
    expect(await saidBy(job)).toBe('B $x|A  1\n');
  });

  test('cases 6, 10: runs in the caller’s folder, blanks and all, with the caller’s environment', async () => {
    const cwd = join(bg.folder, 'a folder');
    mkdirSync(cwd, { recursive: true });
    const job = await local({ cwd, env: { COLOUR: 'red' } }, '--', 'pwd; echo $COLOUR');
    expect(await saidBy(job)).toBe(`${cwd}\nred\n`);
  });

  test('case 94: what is redirected goes to the file, and nothing is left to receive', async () => {
    const file = join(bg.folder, 'redirected');
    const job = await local({}, '--', `echo text > ${file}`);
    expect(await saidBy(job)).toBe('');
    expect(readFileSync(file, 'utf8')).toBe('text\n');
  });

  test('case 95: a chain is one job', async () => {
    expect(await saidBy(await local({}, '--', 'echo a && echo b'))).toBe('a\nb\n');
    expect(await saidBy(await local({}, '--', 'echo a; false && echo b'))).toBe('a\n');
  });

  test('run --local does it in the foreground', async () => {
    const words = ['run', '--local', '-q', '--', 'echo here; exit 4'];
    for (const controller of ['never', 'auto']) {
      const result = await bg.muster([
        ...words.slice(0, 1),
        '--controller',
        controller,
        ...words.slice(1),
      ]);
      expect([result.code, result.text]).toEqual([1, 'localhost: here\n']);
    }
  });
});

function started(...words: readonly string[]): Promise<JobJson> {
  return bg.job(['start', ...fleet.options, '-O', 'json', ...words]);
}

async function local(options: MusterOptions, ...words: readonly string[]): Promise<JobJson> {
  const result = await bg.muster(['start', '--local', '-O', 'json', ...words], options);
  expect(result.code, said(result)).toBe(0);
  return result.job();
}

async function saidBy({ id }: JobJson): Promise<string> {
  await bg.muster(['wait', `${id}`]);
  return (await bg.muster(['receive', `${id}`, '-N', '-q'])).text;
}
