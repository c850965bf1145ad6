import { chmodSync, copyFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startFleet, type Fleet } from '../fleet/sshd.ts';
import { background, childOf, type Background } from '../helpers/background.ts';
import { eventually } from '../helpers/eventually.ts';
import type { JobJson } from '../helpers/job-json.ts';
import { remoteProcesses } from '../helpers/processes.ts';
import { said } from '../helpers/run-muster.ts';
import { encryptKey } from '../transport/credentials/keygen.ts';

let fleet: Fleet;
let bg: Background;
let one: string;
let other: string;
/** In the environment of what runs on the hosts. */
let marker: string;
beforeAll(async () => {
  fleet = await startFleet({ hosts: 2 });
  [one = '', other = ''] = fleet.addresses(2);
  bg = background();
  marker = randomUUID();
});
afterAll(async () => {
  await bg.close();
  await fleet.stop();
});

describe('stop', { timeout: 60_000 }, () => {
  test('case 52: a silent job that runs is Stopped, says nothing, and has no error', async () => {
    const job = await started('--', sleeping());
    await running(job, 2);
    const stopped = await bg.muster(['stop', `${job.id}`]);
    expect([stopped.code, stopped.text, stopped.errorText]).toEqual([0, '', '']);
    const after = await bg.look(job.id);
    expect(after).toMatchObject({ state: 'Stopped', hasMoreData: false });
    expect(after.children[0]).toMatchObject({ failure: null, bytes: { output: 0, error: 0 } });
    const again = await bg.muster(['stop', `${job.id}`, `${job.id}`]);
    expect([again.code, again.errorText]).toEqual([0, '']);
    expect((await bg.muster(['wait', `${job.id}`])).code).toBe(3);
  });

  test('case 60: it has ended on the hosts when stop returns, with all that descends from it', async () => {
    const job = await started('--', `${sleeping()} & ${sleeping()}`);
    await running(job, 4);
    expect((await bg.muster(['stop', `${job.id}`])).code).toBe(0);
    expect(remoteProcesses(marker)).toEqual([]);
  });

  test('a queued child is stopped at once, by itself, while the other runs on', async () => {
    const job = await started('-f', '1', '--', sleeping());
    await running(job, 1);
    const stopped = await bg.muster(['stop', `${childOf(job, other).id}`]);
    expect(stopped.durationMs).toBeLessThan(5000);
    const after = await bg.look(job.id);
    expect(after).toMatchObject({
      state: 'Running',
      counts: { stopped: 1, running: 1, queued: 0 },
    });
    expect(childOf(after, other)).toMatchObject({ state: 'Stopped', attempts: 0 });
    await bg.muster(['stop', '--state', 'running']);
    expect((await bg.look(job.id)).state).toBe('Stopped');
  });

  test('--timeout: exit 124 and which job has not ended yet; it ends all the same', async () => {
    const job = await started('-w', one, '--', `trap "" TERM; ${sleeping()}; ${sleeping()}`);
    await running(job, 1);
    const result = await bg.muster(['stop', `${job.id}`, '--timeout', '0.2']);
    expect(result.code, said(result)).toBe(124);
    expect(result.errorText).toContain(`not done within 0.2 s: job ${job.id}`);
    expect((await bg.muster(['wait', `${job.id}`])).code).toBe(3);
  });
});

describe('suspend and resume', { timeout: 60_000 }, () => {
  test('a job stands still, queued children too, and goes on', async () => {
    const job = await started('-f', '1', '--', 'while :; do echo tick; sleep 0.05; done');
    await eventually(async () => childOf(await bg.look(job.id), one).bytes.output > 0);
    expect((await bg.muster(['suspend', `${job.id}`])).code).toBe(0);
    const held = await bg.look(job.id);
    expect(held.children.map(({ state }) => state)).toEqual(['Suspended', 'Suspended']);
    expect(held.state).toBe('Suspended');
    const waited = await bg.muster(['wait', `${job.id}`]);
    expect(waited.code, said(waited)).toBe(5);
    expect(waited.errorText).toContain('--force');
    expect((await bg.look(job.id)).children[0]?.bytes).toEqual(held.children[0]?.bytes);
    expect((await bg.muster(['resume', `${job.id}`])).code).toBe(0);
    await eventually(async () => {
      const { output } = childOf(await bg.look(job.id), one).bytes;
      return output > childOf(held, one).bytes.output;
    });
    const forced = bg.begin(['wait', `${job.id}`, '--force']);
    await bg.muster(['stop', `${job.id}`]);
    expect((await forced.ended).code).toBe(3);
  });

  test('what cannot be is an error for that job alone', async () => {
    const [finished, runs] = [await started('--', 'true'), await started('--', sleeping())];
    await bg.muster(['wait', `${finished.id}`]);
    await running(runs, 2);
    const result = await bg.muster(['suspend', `${finished.id}`, `${runs.id}`]);
    expect(result.code, said(result)).toBe(2);
    expect(result.errorText.trim().split('\n')).toHaveLength(1);
    expect(result.errorText).toContain(`job ${finished.id}`);
    expect((await bg.look(runs.id)).state).toBe('Suspended');
    const resumed = await bg.muster(['resume', `${finished.id}`]);
    expect(resumed.code, said(resumed)).toBe(2);
    await bg.muster(['remove', '--force', `${runs.id}`, `${finished.id}`]);
  });
});

describe('remove', { timeout: 60_000 }, () => {
  test('case 54: a job that runs stays, however it was chosen', async () => {
    const job = await started('--', sleeping());
    await running(job, 2);
    for (const words of [[`${job.id}`], ['--state', 'running']]) {
      const result = await bg.muster(['remove', ...words]);
      expect(result.code, said(result)).toBe(2);
      expect((await bg.look(job.id)).state).toBe('Running');
    }
    const child = await bg.muster(['remove', `${job.id + 1}`, '--force']);
    expect(child.code, said(child)).toBe(2);
    expect((await bg.look(job.id)).state).toBe('Running');
    await bg.muster(['remove', '--force', `${job.id}`]);
  });

  test('cases 55, 57: with --force it is stopped, gone, and so are its processes', async () => {
    const job = await started('--', sleeping());
    await running(job, 2);
    expect((await bg.muster(['remove', '--force', `${job.id}`])).code).toBe(0);
    expect(remoteProcesses(marker)).toEqual([]);
    expect((await bg.muster(['jobs', `${job.id}`])).code).toBe(2);
  });

  test('case 56: a finished job by name, id, instanceId and state; unfinished ones are errors', async () => {
    const open = await started('--name', 'open', '--', sleeping());
    for (const by of ['name', 'id', 'instanceId'] as const) {
      const job = await ended('--name', 'done', '--', 'true');
      expect((await bg.muster(['remove', `${job[by]}`])).code).toBe(0);
      expect((await bg.muster(['jobs', `${job.id}`])).code).toBe(2);
    }
    const job = await ended('--', 'true');
    const mixed = await bg.muster(['remove', `${job.id}`, 'open']);
    expect(mixed.code, said(mixed)).toBe(2);
    expect((await bg.muster(['jobs', '-O', 'quiet'])).text).toContain(`${open.id}\n`);
    expect((await bg.muster(['jobs', `${job.id}`])).code).toBe(2);
    await bg.muster(['remove', '--force', '--state', 'running,completed,failed,stopped']);
    expect((await bg.muster(['jobs'])).text).toBe('');
  });
});

describe('rerun', { timeout: 60_000 }, () => {
  test('does the work again, on the hosts where it did not succeed', async () => {
    const flag = join(bg.folder, 'flag');
    const command = `case $SSH_CONNECTION in *" ${one} "*) test -e ${flag};; esac`;
    const first = await ended('--name', 'again', '--', command);
    expect(first.state).toBe('Failed');
    copyFileSync(fleet.knownHosts, flag);
    const second = await bg.job(['rerun', 'again', '-O', 'json']);
    expect(second).toMatchObject({ command: first.command, type: 'RemoteJob' });
    expect(second.children.map(({ host }) => host)).toEqual([one]);
    expect((await bg.muster(['wait', `${second.id}`])).code).toBe(0);
    const listed = await bg.muster(['jobs', `${second.id}`]);
    expect(listed.text).toContain(`(rerun of ${first.id})`);
    const all = await bg.muster(['rerun', `${first.id}`, '--state', 'failed,completed', '-q']);
    expect((await bg.look(Number(all.text))).children.map(({ host }) => host)).toEqual([
      one,
      other,
    ]);
    const none = await bg.muster(['rerun', `${first.id}`, '--state', 'unreachable']);
    expect(none.code, said(none)).toBe(2);
  });

  test('a job that runs, several jobs, and none are refused', async () => {
    const job = await started('--name', 'busy-1', '--', sleeping());
    await started('--name', 'busy-2', '--', sleeping());
    expect((await bg.muster(['rerun', `${job.id}`])).code).toBe(2);
    expect((await bg.muster(['rerun', 'busy*'])).errorText).toContain('names 2 jobs');
    expect((await bg.muster(['rerun'])).errorText).toContain('which job?');
    await bg.muster(['remove', '--force', 'busy*']);
  });
});

describe('a job that needs an answer', { timeout: 60_000 }, () => {
  let key: string;
  // Each time another: a connection that a key has opened once is open to it.
  beforeEach(() => {
    key = join(bg.folder, `locked-${randomUUID()}`);
    copyFileSync(fleet.userKey, key);
    chmodSync(key, 0o600);
    encryptKey(key, 'open sesame');
  });

  test('without --prompt fails in the login, and never hangs', async () => {
    const job = await withKey('--', 'true');
    expect((await bg.muster(['wait', `${job.id}`, '--timeout', '20'])).code).toBe(4);
  });

  test('with --prompt is Blocked, which every waiting says at once, and goes on when it is answered', async () => {
    const job = await withKey('--prompt', '--', 'echo in');
    await eventually(async () => (await bg.look(job.id)).state === 'Blocked', {
      deadlineMs: 20_000,
    });
    for (const words of [['wait'], ['wait', '--force'], ['receive', '--wait']]) {
      const result = await bg.muster([...words, `${job.id}`]);
      expect(result.code, said(result)).toBe(5);
      expect(result.errorText).toContain(`muster answer ${job.id}`);
      expect(result.errorText).toContain(key);
    }
    const answered = await bg.muster(['answer', `${job.id}`], { input: 'open sesame\n' });
    expect(answered.code, said(answered)).toBe(0);
    expect(answered.text + answered.errorText).not.toContain('sesame');
    const result = await bg.muster(['receive', `${job.id}`, '--wait', '-q']);
    expect([result.code, result.text]).toEqual([0, `${one}: in\n`]);
    const late = await bg.muster(['answer', `${job.id}`], { input: 'open sesame\n' });
    expect(late.code, said(late)).toBe(2);
  });

  test('at a terminal is asked, and what is typed is not shown', async () => {
    const job = await withKey('--prompt', '--', 'true');
    await eventually(async () => (await bg.look(job.id)).state === 'Blocked', {
      deadlineMs: 20_000,
    });
    const left = bg.begin(['answer', `${job.id}`], { terminal: { columns: 200 } });
    await eventually(() => left.soFar().includes('locked'));
    left.write('open\u0003');
    const away = await left.ended;
    expect(away.code, said(away)).toBe(130);
    expect(away.text).not.toContain('muster:');
    const asking = bg.begin(['answer', `${job.id}`], { terminal: { columns: 200 } });
    await eventually(() => asking.soFar().includes('locked'));
    asking.write('open sesame\r');
    const result = await asking.ended;
    expect(result.code, said(result)).toBe(0);
    expect(result.text).not.toContain('sesame');
    expect((await bg.muster(['wait', `${job.id}`])).code).toBe(0);
  });

  function withKey(...words: readonly string[]): Promise<JobJson> {
    const options = fleet.options.map((word) => word.replace(fleet.userKey, key));
    return bg.job(['start', ...options, '-w', one, '-O', 'json', ...words]);
  }
});

function started(...words: readonly string[]): Promise<JobJson> {
  const targets = words.includes('-w') ? [] : ['-w', `${one},${other}`];
  return bg.job(['start', ...fleet.options, ...targets, '-O', 'json', ...words]);
}

async function ended(...words: readonly string[]): Promise<JobJson> {
  const job = await started(...words);
  await bg.muster(['wait', `${job.id}`]);
  return bg.look(job.id);
}

/** Waits until so many processes of it run on the hosts. */
async function running(job: JobJson, count: number): Promise<void> {
  await eventually(
    () => remoteProcesses(marker).filter(({ args }) => args[0] === 'sleep').length >= count,
    { deadlineMs: 15_000, what: `job ${job.id} on ${count} hosts` },
  );
}

/** A command that runs for minutes, with the marker in its environment. */
function sleeping(): string {
  return `M=${marker} sleep 300`;
}
