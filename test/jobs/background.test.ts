import { chmodSync, copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JobView } from '../../src/model/job.ts';
import { EVERY_JOB } from '../../src/model/query.ts';
import type { RemoteController } from '../../src/service/service.ts';
import { definitionOf, type StartRequest } from '../../src/start-request.ts';
import { startFleet, type Fleet } from '../fleet/sshd.ts';
import { background, type Background } from '../helpers/background.ts';
import { eventually } from '../helpers/eventually.ts';
import { eventsOf } from '../helpers/events.ts';
import { signalProcess } from '../helpers/processes.ts';
import { said, type MusterResult } from '../helpers/run-muster.ts';
import { encryptKey } from '../transport/credentials/keygen.ts';
import { clientOf } from './client.ts';

let fleet: Fleet;
let bg: Background;
/** Starts and looks; what is tested is the command line. */
let client: RemoteController;
let one: string;
let other: string;
beforeAll(async () => {
  fleet = await startFleet();
  [one = '', other = ''] = fleet.addresses(2);
  bg = background();
  client = await clientOf(bg);
});
afterAll(async () => {
  await client.dispose();
  await bg.close();
  await fleet.stop();
});

describe('a job in the background', { timeout: 60_000 }, () => {
  test.each([
    ['case 11: an option that there is not', '--run-as-32'],
    ['case 108: a port beyond the last', '--port=99999'],
  ])('%s is refused, and makes no job', async (_, option) => {
    const wrong = await bg.muster(['start', '-w', one, option, '--', 'id']);
    expect(wrong.code, said(wrong)).toBe(2);
    expect(wrong.errorText).toContain(option.slice(7));
    expect((await client.status()).jobs.total).toBe(0);
  });

  test('cases 90, 91: on this machine has the variables of its caller, and nothing for one that is not there', async () => {
    const words = ['start', '--local', '-O', 'json', '--', 'echo "<$GREETING> <$NOT_THERE>"'];
    const { id } = (await bg.muster(words, { env: { GREETING: 'good  day' } })).job();
    const { code, text, errorText } = await receive({ id }, '--wait', '-N', '-q');
    expect([code, text, errorText]).toEqual([0, '<good  day> <>\n', '']);
  });

  test('case 33: received as jsonl, it is there with its data: the job itself last', async () => {
    const job = await started([one], 'echo data');
    const events = eventsOf(await receive(job, '--wait', '-O', 'jsonl'));
    const [record, end] = [events.find(({ event }) => event === 'record'), events.at(-1)];
    expect(record).toMatchObject({ host: one, stream: 'output', data: 'data\n' });
    expect(end).toMatchObject({ event: 'end', job: { id: job.id, state: 'Completed' } });
    expect(await client.job(job.id)).toMatchObject({ state: 'Completed', hasMoreData: false });
  });

  test('case 38: of four hosts, received to its end with --auto-remove, is listed no more', async () => {
    const job = await started(fleet.addresses(4), 'echo done');
    const result = await receive(job, '--wait', '--auto-remove', '-N', '-q');
    expect(result.text).toBe('done\n'.repeat(4));
    await expect(client.job(job.id)).rejects.toMatchObject({ code: 'no-such-job' });
  });

  test('case 97: goes over the connection that is open', async () => {
    const logins = async (): Promise<number> =>
      (await fleet.log()).match(/^Accepted publickey/gmu)?.length ?? 0;
    await ended([one], 'true');
    const before = await logins();
    const job = await started([one], 'echo again');
    const result = await receive(job, '--wait', '--auto-remove', '-N', '-q');
    expect(result).toMatchObject({ code: 0, text: 'again\n' });
    expect(await logins()).toBe(before);
  });

  test('case 75: why a host failed is told by its kind', async () => {
    const closed = fleet.spare().address;
    const command = `case $SSH_CONNECTION in *" ${one} "*) kill -KILL $$;; *) sleep 60;; esac`;
    const job = await ended([one, other, closed], command, { timeoutMs: 1000 });
    expect(job.children.map(({ failure }) => `${failure?.phase} ${failure?.code}`)).toEqual([
      'run signal',
      'run timeout',
      'connect refused',
    ]);
    const lines = (await receive(job)).errorText.trim().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toBe(`muster: ${one}: failed: killed by signal KILL`);
    expect(lines[1]).toContain(`muster: ${other}: failed: timed out after 1 s`);
    expect(lines[2]).toContain('refused');
  });

  test('case 122: a switch is on or not given; there is no false that could be misread', async () => {
    const job = await ended([one], 'echo kept');
    const wrong = await receive(job, '--keep=false');
    expect([wrong.code, wrong.text]).toEqual([2, '']);
    expect((await receive(job)).text).toBe(`${one}: kept\n`);
    expect((await client.job(job.id)).hasMoreData).toBe(false);
  });
});

describe('what verbs do at their edges:', { timeout: 60_000 }, () => {
  test('receive --wait --timeout gives what there is of every job, and says who is missing', async () => {
    const quick = await ended([one], 'echo all of it');
    const slow = await started([one], 'echo a part; sleep 60');
    await untilSaid(slow);
    const words = [`${quick.id}`, '--wait', '--timeout', '1', '-N', '-q'];
    const result = await receive(slow, ...words);
    expect(result.code, said(result)).toBe(124);
    // Of several jobs it shows each line as it comes, whichever comes first.
    expect(result.text.split('\n').toSorted()).toEqual(['', 'a part', 'all of it']);
    expect(result.errorText).toBe(`muster: job ${slow.id} has not ended in time\n`);
    await client.remove(slow.id, { force: true });
  });

  test('wait --any --timeout of jobs that all go on: exit 124, and which they are', async () => {
    const jobs = [await started([one], 'sleep 60'), await started([one], 'sleep 60')];
    const ids = jobs.map(({ id }) => `${id}`);
    const result = await bg.muster(['wait', ...ids, '--any', '--timeout', '0.3']);
    expect(result.code, said(result)).toBe(124);
    const lines = ids.map((id) => `muster: job ${id} has not ended in time\n`);
    expect(result.errorText).toBe(lines.join(''));
    await Promise.all(jobs.map(({ id }) => client.remove(id, { force: true })));
  });

  test('a Blocked job ends the waiting for others at once; with --any only where all are Blocked', async () => {
    const key = join(bg.folder, 'locked');
    copyFileSync(fleet.userKey, key);
    chmodSync(key, 0o600);
    encryptKey(key, 'open sesame');
    const locked = fleet.target(one, { identities: [key] });
    const request = {
      hosts: [locked],
      command: 'true',
      access: { prompt: 'when-needed' },
    } as const;
    const asks = await client.start(await definitionOf(request, fleet.access()));
    const go = join(bg.folder, 'go any');
    const runs = await started([one], `until [ -e '${go}' ]; do sleep 0.1; done`);
    expect((await client.wait(asks.id)).state).toBe('Blocked');
    const ids = [`${asks.id}`, `${runs.id}`];
    const both = await bg.muster(['wait', ...ids]);
    expect(both.code, said(both)).toBe(5);
    expect(both.errorText).toContain(`muster answer ${asks.id}`);
    expect((await client.job(runs.id)).state).toBe('Running');
    const none = await bg.muster(['wait', ...ids, '--any', '--timeout', '0.3']);
    expect(none.code, said(none)).toBe(124);
    const waiting = bg.begin(['wait', ...ids, '--any', '-O', 'quiet']);
    writeFileSync(go, '');
    const any = await waiting.ended;
    expect([any.code, any.text], said(any)).toEqual([0, `${runs.id}\n`]);
    await client.remove(asks.id, { force: true });
  });

  test('suspend --timeout: exit 124, and it is suspended all the same once it can be', async () => {
    const host = fleet.addresses(9).at(-1) ?? '';
    signalProcess(fleet.pid, 'SIGSTOP');
    try {
      const { id } = await started([host], 'sleep 60');
      await eventually(async () => (await client.job(id)).children[0]?.state === 'Running');
      const result = await bg.muster(['suspend', `${id}`, '--timeout', '0.3']);
      expect(result.code, said(result)).toBe(124);
      expect(result.errorText).toContain(`not done within 0.3 s: job ${id}`);
      expect((await client.job(id)).state).toBe('Suspending');
      signalProcess(fleet.pid, 'SIGCONT');
      await eventually(async () => (await client.job(id)).state === 'Suspended', {
        deadlineMs: 10_000,
      });
      await client.remove(id, { force: true });
    } finally {
      signalProcess(fleet.pid, 'SIGCONT');
    }
  });

  test('remove --force --timeout: exit 124; the job ends all the same, and is there to be removed', async () => {
    const go = join(bg.folder, 'go');
    const stubborn = `trap "" TERM; echo on; until [ -e ${go} ]; do sleep 0.1; done`;
    const job = await started([one], stubborn, { graceMs: 60_000 });
    await untilSaid(job);
    const result = await bg.muster(['remove', '--force', `${job.id}`, '--timeout', '0.3']);
    expect(result.code, said(result)).toBe(124);
    expect(result.errorText).toContain(`not done within 0.3 s: job ${job.id}`);
    expect((await client.job(job.id)).state).toBe('Stopping');
    writeFileSync(go, '');
    expect((await client.wait(job.id)).state).toBe('Stopped');
    expect((await bg.muster(['remove', `${job.id}`])).code).toBe(0);
  });

  test('filters combine for verbs that change jobs, and touch no other', async () => {
    const [said, failed, runs] = [
      await ended([one], 'echo a', { name: 'sift-a' }),
      await ended([one], 'exit 1', { name: 'sift-b' }),
      await started([one], 'sleep 60', { name: 'sift-c' }),
    ];
    const did = async (...words: readonly string[]): Promise<readonly number[]> => {
      expect((await bg.muster(words)).code).toBe(0);
      return (await client.find({ ...EVERY_JOB, terms: ['sift*'] })).jobs.map(({ id }) => id);
    };
    const finished = ['sift*', '--state', 'completed,failed', '--command', 'ECHO*'];
    expect(await did('remove', ...finished, '--no-has-more-data')).toContain(said.id);
    expect(await did('remove', ...finished, '--has-more-data')).toEqual([failed.id, runs.id]);
    expect(await did('remove', '--force', 'sift*', '--state', 'blocked')).toContain(runs.id);
    await did('stop', 'sift*', '--command', 'sleep*', '--no-has-more-data');
    expect((await client.job(runs.id)).state).toBe('Running');
    await did('stop', 'sift*', '--command', 'sleep*', '--has-more-data');
    expect((await client.job(runs.id)).state).toBe('Stopped');
    expect(await did('remove', 'sift*', '--newest', '1')).toEqual([failed.id]);
  });

  test('a job that is named several times is received, stopped and removed once', async () => {
    const job = await ended([one], 'echo once', { name: 'twice' });
    const twice = [`${job.id}`, 'twice', job.instanceId];
    const received = await receive(job, ...twice, `${job.id + 1}`, '-N');
    expect(received).toMatchObject({ code: 0, text: 'once\n', errorText: '' });
    for (const verb of ['stop', 'remove']) {
      const result = await bg.muster([verb, `${job.id}`, ...twice]);
      expect([result.code, result.errorText], said(result)).toEqual([0, '']);
    }
  });

  test('receive | head -1 takes what went into the pipe; the rest comes next, without a gap', async () => {
    const last = 1_000_000;
    const job = await ended([one], `seq 1 ${last}`);
    const through = ['sh', '-c', '"$@" | head -1', 'sh'];
    const first = await bg.muster(['receive', `${job.id}`, '-N'], { through });
    expect([first.code, first.text, first.errorText]).toEqual([0, '1\n', '']);
    const rest = (await receive(job, '-N')).text.trimEnd().split('\n');
    // A record may begin in the middle of a line, of which the pipe has the other half.
    const numbers = rest.slice(1).map(Number);
    const begin = last - numbers.length + 1;
    expect(numbers.every((number, index) => number === begin + index)).toBe(true);
    // No more is missing than a pipe holds, and what was being written into it.
    expect(begin).toBeLessThan(50_000);
  });

  test('receive --wait --host tells of the failures of those hosts alone', async () => {
    const [go, end] = [join(bg.folder, 'go on'), join(bg.folder, 'end')];
    const until = (file: string): string => `until [ -e '${file}' ]; do sleep 0.1; done`;
    const rest = `${until(go)}; echo later; ${until(end)}`;
    const command = `case $SSH_CONNECTION in *" ${other} "*) ${rest};; esac; exit 6`;
    const job = await started([one, other], command);
    const receiving = bg.begin(['receive', `${job.id}`, '--wait', '--host', other]);
    await client.wait(job.id + 1);
    writeFileSync(go, '');
    // Whatever there is to tell of the first host comes before this.
    await receiving.line('stdout', /: later$/u);
    writeFileSync(end, '');
    const result = await receiving.ended;
    expect(result.code, said(result)).toBe(1);
    expect(result.errorText).toContain(`muster: ${other}: failed: exit code 6`);
    expect(result.errorText).not.toContain(`muster: ${one}: `);
    expect((await receive(job)).errorText).toContain(`muster: ${one}: failed: exit code 6`);
  });
});

async function started(
  hosts: readonly string[],
  command: string,
  request: Partial<StartRequest> = {},
): Promise<JobView> {
  const targets = hosts.map((host) => fleet.target(host));
  const definition = await definitionOf({ ...request, hosts: targets, command }, fleet.access());
  return client.start(definition);
}

async function ended(...words: Parameters<typeof started>): Promise<JobView> {
  return client.wait((await started(...words)).id);
}

function receive(
  { id }: { readonly id: number },
  ...words: readonly string[]
): Promise<MusterResult> {
  return bg.muster(['receive', `${id}`, ...words]);
}

async function untilSaid({ id }: JobView): Promise<void> {
  await eventually(async () => ((await client.job(id)).children[0]?.bytes.output ?? 0) > 0, {
    deadlineMs: 15_000,
  });
}
