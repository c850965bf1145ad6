import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFleet, type Fleet } from '../fleet/sshd.ts';
import { background, jobsJson, type Background } from '../helpers/background.ts';
import { jobJson, type JobJson } from '../helpers/job-json.ts';
import { said } from '../helpers/run-muster.ts';

let fleet: Fleet;
let bg: Background;
/** The first two hosts, and the node set that names them. */
let hosts: readonly string[];
let two: string;
beforeAll(async () => {
  fleet = await startFleet({ hosts: 2 });
  hosts = fleet.addresses(2);
  two = hosts.join(',');
  bg = background();
});
afterAll(async () => {
  await bg.close();
  await fleet.stop();
});

describe('a started job', { timeout: 60_000 }, () => {
  test('case 1: has the name it was given, blanks and all', async () => {
    const job = await start('--name', 'my nightly job', '--', 'true');
    expect(job.name).toBe('my nightly job');
    expect((await bg.look(job.id)).name).toBe('my nightly job');
    await remove(job);
  });

  test('case 2: is listed beside another', async () => {
    const [one, other] = [await start('--', 'true'), await start('--', 'true')];
    const listed = await list();
    expect(listed.map(({ id }) => id)).toEqual([one.id, other.id]);
    await remove(one, other);
  });

  test('case 3: has its command as it was typed', async () => {
    const job = await start('--', '  echo  a   b ');
    expect(job.command).toBe('  echo  a   b ');
    await remove(job);
  });

  test('case 13: is Completed with data, gives its value, and is no more when removed', async () => {
    const job = await start('--name', 'two', '--', 'echo 2');
    const waited = await bg.json(['wait', 'two', '-O', 'json']);
    expect(jobsJson(waited)[0]).toMatchObject({ state: 'Completed', hasMoreData: true });
    const received = await bg.muster(['receive', 'two']);
    expect(received.text).toBe(hosts.map((host) => `${host}: 2\n`).join(''));
    await remove(job);
    const lookup = await bg.muster(['jobs', 'two']);
    expect(lookup.code).toBe(2);
    expect(lookup.errorText).toContain('no such job: two');
  });

  test('in a table, as JSON and as an id alone', async () => {
    const table = await bg.muster(['start', ...fleet.options, '-w', two, '--', 'echo a']);
    expect(table.code, said(table)).toBe(0);
    const [titles = '', row = ''] = table.text.split('\n');
    expect(titles).toMatch(/^Id +Name +Type +State +HasMoreData +Location +Command$/u);
    const [, id = ''] =
      /^(\d+) +Job\d+ +RemoteJob +Running +True +(?:[\d.]+,){1}[\d.]+ +echo a$/u.exec(row) ?? [];
    const job = await start('--', 'echo b');
    expect(job.children.map(({ host }) => host)).toEqual(hosts);
    expect(job.children[0]).not.toHaveProperty('output');
    expect(job.children[0]?.id).toBe(job.id + 1);
    const words = ['-w', two, '-O', 'quiet', '--', 'true'];
    const quiet = await bg.muster(['run', '--as-job', ...fleet.options, ...words]);
    expect(quiet.text).toBe(`${job.id + 3}\n`);
    expect(Number(id)).toBe(job.id - 3);
    await remove(job, { id: Number(id) }, { id: job.id + 3 });
  });
});

describe('jobs', { timeout: 60_000 }, () => {
  let done: JobJson;
  let failed: JobJson;
  beforeAll(async () => {
    done = await start('--name', 'Done-job', '--', 'echo yes');
    failed = await start('--name', 'failed-job', '--', 'exit 3');
    await bg.muster(['wait', `${done.id}`, `${failed.id}`]);
  });
  afterAll(() => remove(done, failed));

  test('case 41: a finished job with data is found by name, id, instanceId and state', async () => {
    for (const term of ['Done-job', 'done-JOB', 'done*', `${done.id}`, done.instanceId]) {
      expect((await list(term)).map(({ id }) => id)).toEqual([done.id]);
    }
    expect((await list('--state', 'completed')).map(({ id }) => id)).toEqual([done.id]);
    expect(await list('--state', 'failed,Completed')).toHaveLength(2);
  });

  test('case 42: by when it ended', async () => {
    expect(await list('--after', '1h')).toHaveLength(2);
    expect(await list('--before', '1h')).toEqual([]);
    const { end } = done.end === null ? await bg.look(done.id) : done;
    expect((await list('--before', end ?? '')).some(({ id }) => id === done.id)).toBe(false);
    expect((await list('--before', '0s')).map(({ id }) => id)).toEqual([done.id, failed.id]);
  });

  test('case 44: by whether it has data; and filters combine', async () => {
    expect((await list('--has-more-data')).map(({ id }) => id)).toEqual([done.id]);
    expect((await list('--no-has-more-data')).map(({ id }) => id)).toEqual([failed.id]);
    expect(await list('--has-more-data', '--state', 'failed')).toEqual([]);
    expect((await list('--command', 'EXIT *')).map(({ id }) => id)).toEqual([failed.id]);
    expect((await list('--newest', '1')).map(({ id }) => id)).toEqual([failed.id]);
  });

  test('case 45: with children, the parent comes first', async () => {
    const result = await bg.muster(['jobs', 'done*', '--include-children']);
    const rows = result.text.trimEnd().split('\n').slice(1);
    expect(rows.map((row) => row.split(/ +/u).slice(0, 4))).toEqual([
      [`${done.id}`, 'Done-job', 'RemoteJob', 'Completed'],
      ...[1, 2].map((n) => [`${done.id + n}`, `Job${done.id + n}`, 'Completed', 'True']),
    ]);
  });

  test('case 47: a name that is nobody’s is an error that suggests the near one; a pattern is none', async () => {
    const wrong = await bg.muster(['jobs', 'failed-jov']);
    expect(wrong.code).toBe(2);
    expect(wrong.errorText).toContain('did you mean failed-job?');
    const pattern = await bg.muster(['jobs', 'nothing*', '-O', 'json']);
    expect([pattern.code, JSON.parse(pattern.text)]).toEqual([0, []]);
  });

  test('-O json: children are ids; objects where jobs are named or --include-children', async () => {
    const plain = await bg.json(['jobs', '-O', 'json']);
    expect(plain).toMatchObject([
      { id: done.id, children: [done.id + 1, done.id + 2] },
      { id: failed.id, children: [failed.id + 1, failed.id + 2] },
    ]);
    const [named] = jobsJson(await bg.json(['jobs', 'failed-job', '-O', 'json']));
    expect(named?.children[0]).toMatchObject({ exitCode: 3, failure: { code: 'exit-code' } });
    expect(await list('--include-children')).toHaveLength(2);
    const child = await bg.json(['jobs', `${failed.id + 1}`, '-O', 'json']);
    expect(child).toMatchObject([{ id: failed.id + 1, parentId: failed.id, host: hosts[0] }]);
  });

  test('-O quiet: ids', async () => {
    expect((await bg.muster(['jobs', '-O', 'quiet'])).text).toBe(`${done.id}\n${failed.id}\n`);
  });

  test('--watch goes on until Ctrl-C, and shows what changes', async () => {
    const watch = bg.begin(['jobs', '--watch']);
    await watch.line('stdout', new RegExp(`^${done.id} +Done-job`, 'u'));
    const job = await start('--name', 'seen', '--', 'true');
    await watch.line('stdout', /seen +RemoteJob +Completed/u);
    watch.kill('SIGINT');
    const result = await watch.ended;
    expect(result.code, said(result)).toBe(130);
    await remove(job);
  });
});

describe('wait', { timeout: 60_000 }, () => {
  test('case 19: prints the job once it has ended, and exits with its result', async () => {
    const job = await start('--', 'sleep 1; exit 7');
    const result = await bg.muster(['wait', `${job.id}`]);
    expect(result.code, said(result)).toBe(1);
    expect(result.text).toMatch(new RegExp(`\n${job.id} .* Failed `, 'u'));
    await remove(job);
  });

  test('case 20: a limit that is over: exit 124, what is there, and who is missing', async () => {
    const [quick, slow] = [
      await start('--', 'true'),
      await start('--name', 'slow', '--', 'sleep 60'),
    ];
    await bg.muster(['wait', `${quick.id}`]);
    const result = await bg.muster([
      'wait',
      `${quick.id}`,
      `${slow.id}`,
      '--timeout',
      '0.5',
      '-O',
      'json',
    ]);
    expect(result.code, said(result)).toBe(124);
    expect(jobsJson(JSON.parse(result.text)).map(({ id }) => id)).toEqual([quick.id]);
    expect(result.errorText).toContain(`job ${slow.id} (slow) has not ended in time`);
    expect(result.durationMs).toBeLessThan(10_000);
    await remove(quick, slow);
  });

  test('--any with no time at all is enough where one of them is there', async () => {
    const [quick, slow] = [await start('--', 'true'), await start('--', 'sleep 60')];
    await bg.muster(['wait', `${quick.id}`]);
    const ids = [`${slow.id}`, `${quick.id}`];
    const result = await bg.muster(['wait', ...ids, '--any', '--timeout', '0', '-O', 'quiet']);
    expect([result.code, result.text, result.errorText]).toEqual([0, `${quick.id}\n`, '']);
    await remove(quick, slow);
  });

  test('case 22: a finished job with unread data is there at once, and keeps its data', async () => {
    const job = await start('--name', 'has data', '--', 'echo value');
    await bg.muster(['wait', `${job.id}`]);
    for (const words of [['has data'], [`${job.id}`], [job.instanceId], ['--state', 'completed']]) {
      const [waited] = jobsJson(await bg.json(['wait', ...words, '--timeout', '0', '-O', 'json']));
      expect(waited).toMatchObject({ state: 'Completed', hasMoreData: true });
      expect(waited?.children[0]).toMatchObject({ output: 'value\n' });
    }
    await remove(job);
  });

  test('case 23: --any gives the first that is there, whose data can be received', async () => {
    const jobs = [await start('--', 'sleep 30'), await start('--', 'sleep 1; echo second')];
    const ids = jobs.map(({ id }) => `${id}`);
    const waited = jobsJson(await bg.json(['wait', ...ids, '--any', '-O', 'json']));
    expect(waited.map(({ id, state }) => [id, state])).toEqual([[jobs[1]?.id, 'Completed']]);
    const { text } = await bg.muster(['receive', ids[1] ?? '']);
    expect(text).toContain(`${hosts[0]}: second\n`);
    await remove(...jobs);
  });

  test('a job that was named twice, by itself and as a child, is waited for once', async () => {
    const job = await start('--', 'true');
    const words = [`${job.id}`, `${job.id}`, `${job.id + 1}`, job.instanceId];
    const result = await bg.muster(['wait', ...words, '-O', 'quiet', '--timeout', '20']);
    expect([result.code, result.text]).toEqual([0, `${job.id}\n${job.id + 1}\n`]);
    await remove(job);
  });

  test('the exit status is the first row that fits any of the jobs', async () => {
    const closed = (hosts[0] ?? '').replace(/\.\d+$/u, '.200');
    const unreached = await bg.job([
      'start',
      ...fleet.options,
      '-w',
      closed,
      '-O',
      'json',
      '--',
      'true',
    ]);
    const late = await start('-u', '0.2', '--', 'sleep 60');
    const bad = await start('--', 'exit 1');
    const status = async (...jobs: readonly JobJson[]): Promise<number | null> =>
      (await bg.muster(['wait', ...jobs.map(({ id }) => `${id}`)])).code;
    expect(await status(late)).toBe(124);
    expect(await status(late, unreached)).toBe(4);
    expect(await status(unreached, late, bad)).toBe(1);
    await remove(unreached, late, bad);
  });
});

async function start(...words: readonly string[]): Promise<JobJson> {
  return bg.job(['start', ...fleet.options, '-w', two, '-O', 'json', ...words]);
}

async function list(...words: readonly string[]): Promise<readonly JobJson[]> {
  const value = await bg.json(['jobs', ...words, '-O', 'json', '--include-children']);
  if (!Array.isArray(value)) throw new Error('no array');
  return value.map(jobJson);
}

async function remove(...jobs: readonly { readonly id: number }[]): Promise<void> {
  const ids = jobs.map(({ id }) => `${id}`);
  const result = await bg.muster(['remove', '--force', ...ids]);
  expect(result.code, said(result)).toBe(0);
}
