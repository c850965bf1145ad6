import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFleet, type Fleet } from '../fleet/sshd.ts';
import { background, type Background } from '../helpers/background.ts';
import { eventually } from '../helpers/eventually.ts';
import type { JobJson } from '../helpers/job-json.ts';
import { remoteProcesses } from '../helpers/processes.ts';
import { said, type MusterResult } from '../helpers/run-muster.ts';
import { keygen } from '../transport/credentials/keygen.ts';

let fleet: Fleet;
let bg: Background;
let hosts: readonly string[];
beforeAll(async () => {
  fleet = await startFleet({ hosts: 32 });
  hosts = fleet.addresses(32);
  bg = background();
});
afterAll(async () => {
  await bg.close();
  await fleet.stop();
});

/** In this process, on the first so many hosts. */
function run(count: number, ...args: readonly string[]): Promise<MusterResult> {
  return bg.muster(['run', '--controller', 'never', ...on(count), ...args]);
}

/** Where to, and the way in. */
function on(count: number): readonly string[] {
  return [...fleet.options, '-w', hosts.slice(0, count).join(',')];
}

/** A command that fails on the host of that index, and else says its name. */
function failingOn(index: number): string {
  return `case "$SSH_CONNECTION" in *" ${hosts[index] ?? ''} "*) exit 7;; esac; echo done`;
}

function states({ children }: JobJson): readonly string[] {
  return children.map(({ state, failure }) => failure?.code ?? state);
}

describe('a rollout in the foreground', { timeout: 60_000 }, () => {
  test('goes on batch after batch until more have failed than may; the rest is skipped, and the summary says why', async () => {
    const args = ['--batch', '2,50%', '--max-failures', '0', '--'];
    const result = await run(6, '-O', 'json', ...args, failingOn(2));
    expect(result.code, said(result)).toBe(1);
    const job = result.job();
    expect(states(job)).toEqual([
      'Completed',
      'Completed',
      'exit-code',
      'Completed',
      'Completed',
      'skipped',
    ]);
    expect(job).toMatchObject({
      state: 'Failed',
      counts: { completed: 4, failed: 1, stopped: 1 },
      statusMessage: 'stopped after 1 failure: --max-failures 0; 1 host was not begun',
    });
    expect(job.children[5]).toMatchObject({
      state: 'Stopped',
      begin: null,
      attempts: 0,
      output: '',
      failure: { phase: 'local', code: 'skipped', mayHaveRun: false, via: null },
    });
    const begins = job.children.slice(0, 5).map(({ begin }) => Date.parse(begin ?? ''));
    const ends = job.children.slice(0, 5).map(({ end }) => Date.parse(end ?? ''));
    expect(Math.min(...begins.slice(2))).toBeGreaterThanOrEqual(Math.max(...ends.slice(0, 2)));
    expect(result.errorText).toContain(`skipped    1  ${hosts[5] ?? ''}`);
    expect(result.errorText).toContain('not begun: 1 failure before it (--max-failures 0)');
  });

  test('a host that is not reached counts as well; with --kill what runs is ended on its host', async () => {
    const marker = randomUUID();
    const dead = fleet.spare().address;
    const sleeping = `MUSTER_TEST=${marker} sleep 60`;
    const targets = [hosts[0] ?? '', dead, hosts[1] ?? ''].join(',');
    const options = ['-w', targets, '-f', '2', '-O', 'json', '--max-failures', '0', '--kill'];
    const words = ['run', '--controller', 'never', ...fleet.options, ...options];
    const result = await bg.muster([...words, '--', sleeping]);
    expect(result.code, said(result)).toBe(4);
    expect(states(result.job())).toEqual(['Stopped', 'refused', 'skipped']);
    expect(result.job().children[0]?.statusMessage).toContain('stopped by --max-failures');
    expect(remoteProcesses(marker)).toEqual([]);
  });

  test('C25: a key that no host takes is tried on a few, and the rest is left alone with one clear reason', async () => {
    const before = (await fleet.log()).split('Failed publickey').length;
    const key = join(bg.folder, 'wrong');
    keygen(key, ['-t', 'ed25519']);
    const options = fleet.options.filter((option) => option !== `--identity=${fleet.userKey}`);
    const args = ['-w', hosts.join(','), '-f', '3', `--identity=${key}`, '--', 'true'];
    const result = await bg.muster(['run', '--controller', 'never', ...options, ...args]);
    expect(result.code, said(result)).toBe(4);
    const skipped = /^skipped +(\d+)  (\S+)  not begun: (.*)$/mu.exec(result.errorText);
    const count = Number(skipped?.[1]);
    expect(count).toBe(32 - 8);
    expect(skipped?.slice(3)).toEqual([
      'the first 8 logins all failed with auth-denied (--no-breaker tries every host)',
    ]);
    const after = (await fleet.log()).split('Failed publickey').length;
    // Those whose login was under way may have shown their key already.
    expect(after - before).toBeLessThanOrEqual(8 + 2);
  });

  test('asks at the terminal between batches; no ends it with 3', async () => {
    const args = ['--batch', '1', '--confirm', '-O', 'quiet', '--color', 'never', '--', 'true'];
    const words = ['run', '--controller', 'never', ...on(3), ...args];
    const muster = bg.begin(words, { terminal: { columns: 200 }, keepInputOpen: true });
    await eventually(() => muster.soFar().includes('go on with batch 2 of 3 (1 host)? y/n: '));
    muster.write('y\r');
    await eventually(() => muster.soFar().includes('go on with batch 3 of 3 (1 host)? y/n'));
    muster.write('n\r');
    const result = await muster.ended;
    expect(result.code, said(result)).toBe(3);
    expect(result.text).toMatch(/completed +2 [^]*skipped +1 /u);
  });

  test('with nobody to ask, nothing is run', async () => {
    const args = ['run', '--controller', 'never', ...on(2), '--batch', '1', '--confirm'];
    const alone = await bg.muster([...args, '--', 'true'], { through: ['setsid', '--wait'] });
    expect([alone.code, alone.text]).toEqual([2, '']);
    expect(alone.errorText).toContain('nobody to ask');
    const started = await bg.muster([
      ...args.filter((arg) => arg !== '--controller' && arg !== 'never'),
      '--as-job',
      '--',
      'true',
    ]);
    expect(started.code, said(started)).toBe(2);
    expect(started.errorText).toContain('hint: with --prompt');
  });

  test('--dry-run says who is in which batch, and connects to nobody', async () => {
    const before = await fleet.log();
    const plain = await run(4, '--batch', '1,2', '--dry-run', '--', 'true');
    const rows = plain.text
      .trimEnd()
      .split('\n')
      .map((row) => row.trim().split(/ +/u).slice(0, 2));
    expect(rows).toEqual([
      ['Batch', 'Host'],
      ...[1, 2, 2, 3].map((batch, at) => [`${batch}`, hosts[at]]),
    ]);
    expect(plain.errorText).toContain('on 4 hosts, in 3 batches of 1, 2, 1: true');
    const [way, short] = [`deploy@${hosts[5] ?? ''}:2222`, hosts[6] ?? ''];
    const jumping = await run(1, '-J', `${way},${short}`, '--dry-run', '--', 'true');
    expect(jumping.text).toMatch(new RegExp(` ${way},\\S+@${short}\n$`, 'u'));
    const shuffled = await run(
      4,
      '--batch',
      '3',
      '--shuffle',
      '--dry-run',
      '-O',
      'json',
      '--',
      'true',
    );
    expect(JSON.parse(shuffled.text)).toMatchObject({
      order: 'chance',
      batches: [3, 1],
      targets: hosts.slice(0, 4).map((host) => ({ host, batch: null, jump: [] })),
    });
    expect(await fleet.log()).toBe(before);
  });
});

describe('a rollout in the background', { timeout: 60_000 }, () => {
  test('waits, Blocked, for an answer between batches; who was not begun can be run again', async () => {
    const words = ['start', ...on(4), '--batch', '1,2', '--confirm', '--prompt', '-O', 'json'];
    const { id } = await bg.job([...words, '--', 'true']);
    const blocked = await bg.muster(['wait', `${id}`]);
    expect(blocked.code, said(blocked)).toBe(5);
    expect(blocked.errorText).toContain('go on with batch 2 of 3 (2 hosts)? y/n');
    expect((await bg.muster(['answer', `${id}`], { input: 'y\n' })).code).toBe(0);
    await eventually(async () => (await bg.look(id)).statusMessage?.includes('batch 3 of 3'));
    expect((await bg.muster(['answer', `${id}`], { input: 'n\n' })).code).toBe(0);
    const end = await bg.muster(['wait', `${id}`]);
    expect(end.code, said(end)).toBe(3);
    expect(await bg.look(id)).toMatchObject({
      state: 'Stopped',
      statusMessage: 'stopped before batch 3 of 3: the answer was no; 1 host was not begun',
    });
    const again = await bg.job(['rerun', `${id}`, '--state', 'never-started', '-O', 'json']);
    expect(again.location).toBe(hosts[3]);
    expect((await bg.muster(['wait', `${again.id}`])).code).toBe(0);
  });

  test('tells of its rest, can be removed in it, and does not hold up the end of the controller', async () => {
    const words = [
      'start',
      ...on(3),
      '--batch',
      '1',
      '--pause',
      '3600',
      '-O',
      'json',
      '--',
      'true',
    ];
    const { id } = await bg.job(words);
    await eventually(async () =>
      /^batch 2 of 3 in \d+ s/u.test((await bg.look(id)).statusMessage ?? ''),
    );
    const listed = await bg.muster(['jobs', '--state', 'running']);
    expect(listed.text).toContain('Running 33% (batch 2 of 3)');
    expect((await bg.muster(['remove', '--force', `${id}`])).code).toBe(0);
    const other = await bg.job(words);
    await eventually(async () =>
      (await bg.look(other.id)).statusMessage?.startsWith('batch 2 of 3 in'),
    );
    const stopped = await bg.muster(['controller', 'stop', '--stop-jobs']);
    expect(stopped.code, said(stopped)).toBe(0);
    expect(stopped.durationMs).toBeLessThan(5000);
    expect(await bg.pid()).toBeNull();
  });
});
