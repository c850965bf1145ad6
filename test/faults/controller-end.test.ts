import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { JobEvent } from '../../src/model/event.ts';
import { fleetForFile } from '../fleet/for-file.ts';
import { jobsJson } from '../helpers/background.ts';
import { eventually } from '../helpers/eventually.ts';
import { jobJson, type JobJson } from '../helpers/job-json.ts';
import { remoteProcesses, signalProcess } from '../helpers/processes.ts';
import { said, startMuster, type MusterResult } from '../helpers/run-muster.ts';
import { newInstance, type Instance } from '../service/instance.ts';
import { expectSafeLine } from './abc.ts';
import { holdInvariants } from './invariants/hold.ts';
import { checkRestart } from './invariants/restart.ts';

holdInvariants();

const fleet = await fleetForFile({ hosts: 50 });
/** Where the plain commands run, and where the durable ones do. */
const PLAIN = fleet.addresses(50).slice(0, 40);
const DURABLE = fleet.addresses(50).slice(40);

let at: Instance;
/** In the arguments of every command of a test. */
let marker: string;
/** Each command writes down here that it begins, and where. */
let begun: string;
let gate: string;
let count = 0;
beforeEach(() => {
  at = newInstance();
  marker = `63.${process.pid}${(count += 1)}`;
  begun = join(fleet.folder, `begun-${count}`);
  gate = join(fleet.folder, `gate-${count}`);
});
afterEach(async () => {
  await at.close();
  for (const { pid } of remoteProcesses(marker)) signalProcess(pid, 'SIGKILL');
});

async function start(hosts: readonly string[], ...words: readonly string[]): Promise<JobJson> {
  const args = ['start', '-w', hosts.join(','), ...fleet.options, '-O', 'json', ...words];
  const started = await at.muster(args, { deadlineMs: 60_000 });
  expect(started.code, said(started)).toBe(0);
  return jobJson(JSON.parse(started.text));
}

const report = (): string => `set -- $SSH_CONNECTION; echo $3 >>${begun}; echo before`;
/** Ends when it is let go; one that begins afterwards ends at once. */
const plain = (): string => `${report()}; [ -e ${gate} ] || sleep ${marker}; echo after`;
const durable = (): string =>
  `${report()}; until [ -e ${gate} ]; do sleep 0.1; done; echo after ${marker}; exit 3`;

function beginnings(): readonly string[] {
  return existsSync(begun) ? readFileSync(begun, 'utf8').split('\n').filter(Boolean) : [];
}

async function look(): Promise<readonly JobJson[]> {
  const jobs = await at.muster(['jobs', '--include-children', '-O', 'json']);
  expect(jobs.code, said(jobs)).toBe(0);
  return jobsJson(JSON.parse(jobs.text));
}

const linesOf = (...results: readonly MusterResult[]): readonly string[] =>
  results.flatMap(({ text }) => text.split('\n').filter(Boolean)).toSorted();
const lines = (hosts: readonly string[], ...texts: readonly string[]): readonly string[] =>
  hosts.flatMap((host) => texts.map((text) => `${host}: ${text}`)).toSorted();

test('F44 controller killed: what ran is lost or gone on with, what waited is Suspended, nothing is sent twice', async () => {
  const done = await start(PLAIN.slice(0, 1), '--', 'echo done');
  const read = await at.muster(['receive', '--wait', String(done.id)]);
  expect([read.code, read.text]).toEqual([0, `${PLAIN[0]}: done\n`]);
  const lossy = await start(PLAIN, '-f', '20', '--', plain());
  const lasting = await start(
    DURABLE,
    '-f',
    '5',
    '--durable',
    '--name',
    'lasting',
    '--',
    durable(),
  );
  const all = [lossy, lasting];
  await eventually(() => beginnings().length === 25, {
    deadlineMs: 30_000,
    what: 'all beginnings',
  });
  const remote = await at.ensure();
  await eventually(async () => (await remote.status()).bytesHeld === 25 * 'before\n'.length);
  const { pid } = await remote.serviceStatus();
  await remote.dispose();
  // Some of it is received, of both kinds, and acknowledged.
  const some = [PLAIN[0] ?? '', DURABLE[0] ?? ''];
  const first = await Promise.all(
    all.map(({ id }, index) => at.muster(['receive', `${id}`, '--host', some[index] ?? ''])),
  );
  expect(linesOf(...first)).toEqual(lines(some, 'before'));
  const before = await look();
  const killed = Date.now();
  signalProcess(pid, 'SIGKILL');
  await at.gone(pid);

  const again = await at.ensure();
  expect((await again.serviceStatus()).pid).not.toBe(pid);
  await again.dispose();
  const after = await look();
  expect(checkRestart(before, after)).toEqual([]);
  const [, lost, back] = after;
  expect(lost?.state).toBe('Suspended');
  expect(lost?.children.map(({ host }) => host)).toEqual(PLAIN);
  for (const child of lost?.children.slice(0, 20) ?? []) {
    expect(child).toMatchObject({
      state: 'Failed',
      exitCode: null,
      failure: { phase: 'run', code: 'lost', mayHaveRun: true, via: null },
    });
    const message = child.failure?.message ?? '';
    expectSafeLine(message);
    expect(message).toMatch(/^its controller was killed, or died, before .*Z; .*may still run$/u);
    const told = Date.parse(/\S+Z/u.exec(message)?.[0] ?? '');
    expect(told).toBeGreaterThanOrEqual(killed - 1);
    expect(told).toBeLessThanOrEqual(Date.now());
  }
  const waiting = { state: 'Suspended', failure: null, begin: null, attempts: 0 };
  const waited = [...(lost?.children.slice(20) ?? []), ...(back?.children.slice(5) ?? [])];
  expect(waited).toHaveLength(25);
  for (const child of waited) expect(child).toMatchObject(waiting);
  for (const { state } of back?.children.slice(0, 5) ?? [])
    expect(['Disconnected', 'Running']).toContain(state);
  expect(beginnings()).toHaveLength(25);

  writeFileSync(gate, '');
  for (const { id } of all) {
    const resumed = await at.muster(['resume', `${id}`]);
    expect(resumed.code, said(resumed)).toBe(0);
  }
  const rest = await Promise.all(
    all.map(({ id }) => at.muster(['receive', '--wait', `${id}`], { deadlineMs: 60_000 })),
  );
  expect(rest.map(({ code }) => code)).toEqual([1, 1]);
  const [fromLost, fromBack] = rest;
  // What was received of the lost ones and not before is gone with their controller, and only that.
  expect(fromLost === undefined ? [] : linesOf(fromLost)).toEqual(
    lines(PLAIN.slice(20), 'before', 'after'),
  );
  expect(fromBack === undefined ? [] : linesOf(fromBack, first[1] ?? fromBack)).toEqual(
    lines(DURABLE, 'before', `after ${marker}`),
  );
  const [, lossyEnd, lastingEnd] = await look();
  expect(lossyEnd?.counts).toMatchObject({ failed: 20, completed: 20 });
  expect(lastingEnd?.children.map(({ exitCode }) => exitCode)).toEqual(DURABLE.map(() => 3));
  expect(beginnings().toSorted()).toEqual([...PLAIN, ...DURABLE].toSorted());
}, 90_000);

test('F43 controller asked to end: 40 commands are stopped by the ladder, 10 durable ones go on, and how many is said', async () => {
  const { id } = await start(PLAIN, '--', `${report()}; sleep ${marker}`);
  const lasting = await start(DURABLE, '--durable', '--', durable());
  const remote = await at.ensure();
  const { pid } = await remote.serviceStatus();
  await eventually(async () => (await remote.status()).bytesHeld === 50 * 'before\n'.length, {
    deadlineMs: 30_000,
    what: 'the output of all 50',
  });
  const waiting = remote.wait(id);
  const command = startMuster(['receive', '--keep', '--wait', `${id}`], {
    env: at.env,
    deadlineMs: 60_000,
  });
  await command.line('stdout', /: before$/u);
  const events: JobEvent[] = [];
  const following = (async (): Promise<void> => {
    for await (const event of remote.follow(id, { keep: true })) events.push(event);
  })();
  await eventually(() => events.length > 80);
  signalProcess(pid, 'SIGTERM');

  const job = await waiting;
  expect(job).toMatchObject({ state: 'Stopped', counts: { stopped: 40, running: 0, total: 40 } });
  expect(job.children.every((child) => child.endConfirmed === true)).toBe(true);
  await following;
  expect(events.at(-1)?.event).toBe('end');
  expect(events.filter((event) => event.event === 'record')).toHaveLength(40);
  await remote.dispose();
  await at.gone(pid);
  expect(remoteProcesses(`sleep\0${marker}`)).toEqual([]);
  const received = await command.ended;
  expect(received.code, said(received)).toBe(3);
  expect(linesOf(received)).toEqual(lines(PLAIN, 'before'));
  expect(existsSync(at.paths.socket)).toBe(false);
  expect(existsSync(at.paths.lock)).toBe(false);
  expect(readFileSync(at.paths.log, 'utf8')).toMatch(
    /ends: SIGTERM\n.* stops 1 unfinished job, leaves 1 durable job on its hosts\n.* ended\n$/u,
  );

  // Those that are durable run, are in the journal, and the next controller has them.
  expect(remoteProcesses(marker).length).toBeGreaterThanOrEqual(10);
  const again = await at.ensure();
  await again.dispose();
  const [found, ...others] = await look();
  expect(others).toEqual([]);
  expect([found?.id, found?.instanceId]).toEqual([lasting.id, lasting.instanceId]);
  writeFileSync(gate, '');
  const rest = await at.muster(['receive', '--wait', `${lasting.id}`], { deadlineMs: 60_000 });
  expect(rest.code, said(rest)).toBe(1);
  expect(linesOf(rest)).toEqual(lines(DURABLE, 'before', `after ${marker}`));
  expect(beginnings().toSorted()).toEqual([...PLAIN, ...DURABLE].toSorted());
}, 90_000);

test('F44 controller killed in a stop: the next one ends what was to be stopped, and nothing else', async () => {
  const [stopped, other] = [DURABLE.slice(0, 2), DURABLE.slice(2, 4)];
  const stubborn = (name: string): string =>
    `${report()}; trap 'echo ${name} >>${begun}.termed' TERM; until [ -e ${gate} ]; do sleep 0.1; done; : ${marker}`;
  const { id } = await start(stopped, '--durable', '--', stubborn('stopped'));
  const going = await start(other, '--durable', '--', stubborn('going'));
  await eventually(() => beginnings().length === 4, { deadlineMs: 30_000 });
  const remote = await at.ensure();
  const { pid } = await remote.serviceStatus();
  const stop = remote.stop(id, 'the test').catch(() => undefined);
  const termed = (): string =>
    existsSync(`${begun}.termed`) ? readFileSync(`${begun}.termed`, 'utf8') : '';
  await eventually(() => termed() === 'stopped\n'.repeat(2), { deadlineMs: 30_000 });
  signalProcess(pid, 'SIGKILL');
  await at.gone(pid);
  await stop;
  await remote.dispose();

  const again = await at.ensure();
  expect((await again.job(id)).children.map(({ state }) => state)).toEqual([
    'Stopping',
    'Stopping',
  ]);
  // It is asked once more by the one who comes next, and has its grace time again.
  await eventually(() => termed() === 'stopped\n'.repeat(4), { deadlineMs: 30_000 });
  writeFileSync(gate, '');
  const ended = await again.wait(id, { until: 'finished' });
  expect(ended.children.map(({ state, endConfirmed }) => [state, endConfirmed])).toEqual(
    stopped.map(() => ['Stopped', true]),
  );
  const rest = await again.wait(going.id, { until: 'finished' });
  expect(rest.children.map(({ state }) => state)).toEqual(other.map(() => 'Completed'));
  await again.dispose();
  expect(remoteProcesses(marker)).toEqual([]);
}, 90_000);

test('F44 controller killed before much was received: all of it comes once, at the pace of its reader', async () => {
  const size = 3_000_000;
  const { id } = await start(DURABLE, '--durable', '-f', '4', '--', `head -c ${size} /dev/zero`);
  const remote = await at.ensure();
  await remote.wait(id, { until: 'finished' });
  const { pid } = await remote.serviceStatus();
  await remote.dispose();
  signalProcess(pid, 'SIGKILL');
  await at.gone(pid);

  const again = await at.ensure();
  const came = new Map<string, number>();
  for await (const event of again.follow(id)) {
    if (event.event !== 'record') continue;
    came.set(event.host, (came.get(event.host) ?? 0) + event.record.data.byteLength);
    await setImmediate();
  }
  expect(came).toEqual(new Map(DURABLE.map((host) => [host, size])));
  expect((await again.job(id)).state).toBe('Completed');
  await again.dispose();
}, 60_000);
