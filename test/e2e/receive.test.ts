import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFleet, type Fleet } from '../fleet/sshd.ts';
import { background, childOf, jobsJson, type Background } from '../helpers/background.ts';
import { bytesFrom } from '../helpers/events.ts';
import { eventually } from '../helpers/eventually.ts';
import type { JobJson } from '../helpers/job-json.ts';
import { said, type MusterResult } from '../helpers/run-muster.ts';

let fleet: Fleet;
let bg: Background;
let one: string;
let other: string;
beforeAll(async () => {
  fleet = await startFleet({ hosts: 2 });
  [one = '', other = ''] = fleet.addresses(2);
  bg = background();
});
afterAll(async () => {
  await bg.close();
  await fleet.stop();
});

describe('receive', { timeout: 60_000 }, () => {
  test('cases 26, 27: gives the result, and then nothing is left; the state stays', async () => {
    const job = await ended('--', 'echo value');
    const first = await receive(job);
    expect(first).toMatchObject({ code: 0, text: `${one}: value\n${other}: value\n` });
    expect(await receive(job)).toMatchObject({ code: 0, text: '' });
    expect(await bg.look(job.id)).toMatchObject({ state: 'Completed', hasMoreData: false });
  });

  test('case 28: with --keep, plainly, and plainly again: value, value, nothing', async () => {
    const job = await ended('--', 'echo value');
    const texts = [await receive(job, '--keep'), await receive(job), await receive(job)].map(
      ({ text }) => text.split('\n').length - 1,
    );
    expect(texts).toEqual([2, 2, 0]);
  });

  test('case 29: what is received piece by piece has no gap and no repeat', async () => {
    const count = 'i=0; while :; do i=$((i+1)); echo $i; sleep 0.01; done';
    const job = await started('-w', one, '--', count);
    const parts: string[] = [];
    while (parts.filter(Boolean).length < 3) parts.push((await receive(job, '-N')).text);
    await bg.muster(['stop', `${job.id}`]);
    parts.push((await receive(job, '-N')).text);
    const numbers = parts.join('').trim().split('\n').map(Number);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  });

  test('case 31: with --wait it streams to the end, and exits with the result', async () => {
    const job = await started('--', 'echo begun; sleep 1; echo done; exit 3');
    const result = await receive(job, '--wait', '-q');
    expect(result.code, said(result)).toBe(1);
    expect(result.text.split('\n').filter(Boolean).toSorted()).toEqual(
      [one, other].flatMap((host) => [`${host}: begun`, `${host}: done`]).toSorted(),
    );
    expect(result.errorText).toContain(`${one}: failed: exit code 3`);
    expect(await bg.look(job.id)).toMatchObject({ state: 'Failed', hasMoreData: false });
  });

  test('case 34: with --wait --auto-remove the job is gone, its data delivered', async () => {
    const job = await started('--name', 'once', '--', 'sleep 0.3; echo data');
    const result = await bg.muster(['receive', 'once', '--wait', '--auto-remove', '-N']);
    expect([result.code, result.text]).toEqual([0, 'data\ndata\n']);
    expect((await bg.muster(['jobs', 'once'])).code).toBe(2);
    expect((await bg.muster(['jobs', `${job.id}`])).code).toBe(2);
  });

  test('--auto-remove of a job that goes on is refused, and nothing is received', async () => {
    const job = await started('--', 'echo a; sleep 60');
    await eventually(async () => childOf(await bg.look(job.id), one).bytes.output === 2);
    const result = await receive(job, '--auto-remove');
    expect([result.code, result.text]).toEqual([2, '']);
    expect((await receive(job)).text).toContain('a\n');
    await bg.muster(['stop', `${job.id}`]);
  });

  test('case 36: --host gives that child’s data, and leaves the others’', async () => {
    const job = await ended('--', 'echo here');
    expect((await receive(job, '--host', other)).text).toBe(`${other}: here\n`);
    const strange = await receive(job, '--host', 'web1');
    expect([strange.code, strange.text]).toEqual([2, '']);
    expect((await receive(job)).text).toBe(`${one}: here\n`);
  });

  test('a child by itself gives its own', async () => {
    const job = await ended('--', 'echo $SSH_CONNECTION | cut -d" " -f3');
    const { text } = await bg.muster(['receive', `${childOf(job, other).id}`]);
    expect(text).toBe(`${other}: ${other}\n`);
    expect((await bg.look(job.id)).hasMoreData).toBe(true);
  });

  test('--stream gives that stream, and leaves the others', async () => {
    const job = await ended('-w', one, '--', 'echo out; echo err >&2');
    const errors = await receive(job, '--stream', 'error');
    expect([errors.text, errors.errorText]).toEqual(['', `${one}: err\n`]);
    const rest = await receive(job);
    expect([rest.text, rest.errorText]).toEqual([`${one}: out\n`, '']);
  });

  test('case 64: the failure of a failed child is told on every receive, whatever is kept', async () => {
    const job = await ended('-w', one, '--', 'echo said; exit 9');
    for (const words of [['--keep'], [], []]) {
      const { code, errorText } = await receive(job, ...words);
      expect([code, errorText]).toEqual([0, `muster: ${one}: failed: exit code 9\n`]);
    }
  });

  test('-O json is an array of jobs with what was said, in bytes where it is no text', async () => {
    const job = await ended('--', String.raw`printf '\377'; echo err >&2`);
    const [received] = jobsJson(JSON.parse((await receive(job, '-O', 'json')).text));
    expect(received).toMatchObject({ id: job.id, state: 'Completed', hasMoreData: false });
    expect(received?.children[1]).toMatchObject({ host: other, error: 'err\n' });
    expect(received?.children[1]?.outputBase64).toBe('/w==');
    const [again] = jobsJson(JSON.parse((await receive(job, '-O', 'json')).text));
    expect(again?.children[0]).toMatchObject({ output: '', error: '' });
  });

  test('-b and -O jsonl show it as run does', async () => {
    const job = await ended('--', 'echo same');
    const gathered = await receive(job, '-b', '--keep');
    expect(gathered.text.match(/^same$/gmu)).toHaveLength(1);
    const events = await receive(job, '-O', 'jsonl');
    expect(bytesFrom(events, one).toString()).toBe('same\n');
  });

  test('--follow goes on until the job is finished, also while it is suspended', async () => {
    const go = join(fleet.folder, 'go-on');
    const command = `echo a; until [ -e ${go} ]; do sleep 0.05; done; echo b`;
    const job = await started('-w', one, '--', command);
    const reader = bg.begin(['receive', `${job.id}`, '--follow']);
    await reader.line('stdout', /: a$/u);
    await bg.muster(['suspend', `${job.id}`]);
    expect((await bg.look(job.id)).state).toBe('Suspended');
    const waiting = await receive(job, '--keep', '--wait');
    expect(waiting.code, said(waiting)).toBe(5);
    const following = await receive(job, '--keep', '--follow', '--timeout', '0.3');
    expect(following.code, said(following)).toBe(124);
    writeFileSync(go, '');
    await bg.muster(['resume', `${job.id}`]);
    await reader.line('stdout', /: b$/u);
    expect((await reader.ended).code).toBe(0);
  });

  test('--wait of several jobs shows the lines of all as they come', async () => {
    const go = join(fleet.folder, 'go');
    const command = `echo begun $MUSTER_JOB; until [ -e ${go} ]; do sleep 0.05; done; echo done`;
    const jobs = [
      await started('-w', one, '--cwd', '/', '--', command),
      await started('-w', other, '--cwd', '/', '--', `${command}; exit 3`),
    ];
    const ids = jobs.map(({ id }) => `${id}`);
    const reader = bg.begin(['receive', ...ids, '--wait', '-q', '-O', 'live']);
    for (const id of ids) await reader.line('stdout', new RegExp(`: begun ${id}$`, 'u'));
    writeFileSync(go, '');
    const result = await reader.ended;
    expect(result.code, said(result)).toBe(1);
    expect(result.text.match(/: done$/gmu)).toHaveLength(2);
    expect(result.errorText).toBe(`muster: ${other}: failed: exit code 3\n`);
  });

  test('of several jobs, a reader that leaves ends all of it, and the other modes keep to the order', async () => {
    const slow = await started('-w', one, '--', 'echo slow; sleep 60');
    const quick = await started('-w', other, '--', 'seq 1 5; sleep 1; seq 6 100000');
    const reader = bg.begin(['receive', `${slow.id}`, `${quick.id}`, '--wait']);
    await reader.line('stdout', /: 5$/u);
    reader.closeStdout();
    expect((await reader.ended).errorText).toBe('');
    await bg.muster(['stop', `${slow.id}`]);
    const { text } = await bg.muster([
      'receive',
      `${quick.id}`,
      `${slow.id}`,
      '--wait',
      '-O',
      'json',
    ]);
    expect(jobsJson(JSON.parse(text)).map(({ id }) => id)).toEqual([slow.id, quick.id]);
  });

  test('--keep --wait shows everything once, and leaves it', async () => {
    const job = await started('-w', one, '--', 'echo a; sleep 0.3; echo b');
    expect((await receive(job, '--keep', '--wait', '-N')).text).toBe('a\nb\n');
    expect((await receive(job, '-N')).text).toBe('a\nb\n');
  });

  test('of a check is its table, since its hosts say nothing', async () => {
    const args = ['check', ...fleet.options, '-w', one, '--as-job', '-O', 'json'];
    const { id } = await bg.job(args);
    const result = await bg.muster(['receive', `${id}`, '--wait']);
    expect(result.text).toMatch(/^Host +Online /u);
    expect(result.text).toMatch(new RegExp(`^${one} +yes`, 'mu'));
    await bg.muster(['remove', `${id}`]);
  });

  test('--timeout ends it, exit 124, and what came later stays', async () => {
    const job = await started('-w', one, '--', 'echo early; sleep 2; echo late');
    const result = await receive(job, '--wait', '--timeout', '1');
    expect(result.code, said(result)).toBe(124);
    expect(result.text).toBe(`${one}: early\n`);
    expect((await receive(job, '--wait', '-q')).text).toBe(`${one}: late\n`);
  });

  test('a reader that leaves early leaves the rest, and Ctrl-C exits 130', async () => {
    const job = await started('-w', one, '--', 'seq 1 5; sleep 60');
    const reader = bg.begin(['receive', `${job.id}`, '--follow', '-N']);
    await reader.line('stdout', /^5$/u);
    reader.kill('SIGINT');
    expect((await reader.ended).code).toBe(130);
    expect((await bg.look(job.id)).state).toBe('Running');
    expect((await receive(job)).text).toBe('');
    await bg.muster(['stop', `${job.id}`]);

    const much = await ended('-w', one, '--', 'yes | head -c 4000000');
    const head = bg.begin(['receive', `${much.id}`, '-N']);
    await head.line('stdout', /^y$/u);
    head.closeStdout();
    const result = await head.ended;
    expect([result.code, result.errorText]).toEqual([0, '']);
    expect((await bg.look(much.id)).hasMoreData).toBe(true);
    expect((await receive(much, '-N')).stdout.length).toBeGreaterThan(2_000_000);
  });

  test('a client that is killed while it waits has used up only what it wrote', async () => {
    const go = join(fleet.folder, 'after-the-kill');
    const command = `echo a; sleep 0.2; printf b; until [ -e ${go} ]; do sleep 0.05; done; echo c`;
    const job = await started('-w', one, '--', command);
    // The last one has written a line, and holds what has begun of the next.
    for (const mode of ['json', 'gather', 'table', 'live']) {
      const folder = join(fleet.folder, `killed-${mode}`);
      const words = ['--wait', '-O', mode, '--output-dir', folder];
      const reader = bg.begin(['receive', `${job.id}`, ...words]);
      await eventually(() => fileOr(join(folder, `${one}.out`), '') === 'a\nb');
      if (mode === 'live') await reader.line('stdout', /: a$/u);
      reader.kill('SIGKILL');
      await reader.ended;
    }
    writeFileSync(go, '');
    const rest = await receive(job, '--wait', '-N', '-q');
    expect(['bc\n', 'a\nbc\n'], said(rest)).toContain(rest.text);
    expect(await receive(job)).toMatchObject({ code: 0, text: '' });
  });

  test('output that nobody takes, or no disk, uses up nothing', async () => {
    const job = await ended('-w', one, '--', 'echo value');
    const words = ['receive', `${job.id}`, '--auto-remove', '-O'];
    const closed = bg.begin([...words, 'gather']);
    closed.closeStdout();
    expect((await closed.ended).errorText).toBe('');
    const full = { through: ['sh', '-c', 'exec "$@" > /dev/full', 'sh'] };
    for (const mode of ['json', 'live']) {
      const lost = await bg.muster([...words, mode], full);
      expect(lost.code, said(lost)).toBe(1);
      expect(lost.errorText).toContain('output was lost');
    }
    const [received] = jobsJson(JSON.parse((await receive(job, '-O', 'json')).text));
    expect(received).toMatchObject({ hasMoreData: false, children: [{ output: 'value\n' }] });
    expect((await receive(job)).text).toBe('');
  });

  test('json says what is left to receive, beside what it holds', async () => {
    const job = await ended('-w', one, '--', 'echo out; echo err >&2');
    const [some] = jobsJson(
      JSON.parse((await receive(job, '--stream', 'error', '-O', 'json')).text),
    );
    expect(some).toMatchObject({ hasMoreData: true, children: [{ output: '', error: 'err\n' }] });
    const [rest] = jobsJson(JSON.parse((await receive(job, '--wait', '-O', 'json')).text));
    expect(rest).toMatchObject({ hasMoreData: false, children: [{ output: 'out\n', error: '' }] });
  });

  test('--records: structured records as a table, by columns and groups', async () => {
    const line = `{"server":"a","status":"up"}`;
    const command = `echo '${line}'; echo '${line.replace('"a"', '"b"').replace('up', 'down')}'`;
    const job = await ended('-w', one, '--records', '--', command);
    const columns = ['-O', 'table', '--columns', 'server,status'];
    const plain = await receive(job, '--keep', ...columns);
    expect(plain.text, said(plain)).toMatch(/server +status\n.*a +up\n.*b +down\n/u);
    const grouped = await receive(job, ...columns, '--group-by', 'status');
    expect(grouped.text, said(grouped)).toMatch(/status: up\n[^]*status: down\n/u);
  });

  test('case 70: --markers: lines become warnings', async () => {
    const job = await ended('-w', one, '--markers', '--', 'echo ::warning::careful; echo plain');
    const result = await receive(job, '--stream', 'warning', '-O', 'jsonl');
    expect(bytesFrom(result, one, 'warning').toString().trim()).toBe('careful');
    expect((await receive(job)).text).toBe(`${one}: plain\n`);
  });
});

function fileOr(path: string, otherwise: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : otherwise;
}

function started(...words: readonly string[]): Promise<JobJson> {
  const targets = words.includes('-w') ? [] : ['-w', `${one},${other}`];
  return bg.job(['start', ...fleet.options, ...targets, '-O', 'json', ...words]);
}

async function ended(...words: readonly string[]): Promise<JobJson> {
  const job = await started(...words);
  await bg.muster(['wait', `${job.id}`]);
  return bg.look(job.id);
}

function receive({ id }: JobJson, ...words: readonly string[]): Promise<MusterResult> {
  return bg.muster(['receive', `${id}`, ...words]);
}
