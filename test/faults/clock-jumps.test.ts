import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { definitionOf } from '../../src/start-request.ts';
import { createController } from '../../src/wiring.ts';
import { bytesFrom, endOf, eventsOf, hasSaid } from '../helpers/events.ts';
import { eventually } from '../helpers/eventually.ts';
import { remoteProcesses, signalProcess } from '../helpers/processes.ts';
import { said } from '../helpers/run-muster.ts';
import { childOf, onlyOn, startAbc, type Abc } from './abc.ts';
import { holdInvariants, watched } from './invariants/hold.ts';

holdInvariants();

const DAY_MS = 86_400_000;
const MARKER = `60.${process.pid}49`;

let abc: Abc;
let b: string;
/** Loaded before muster: its wall clock jumps by what a file says, from when it says so. */
let hook: string;
beforeAll(async () => {
  abc = await startAbc();
  [, , b = ''] = abc.fleet.addresses(3);
  hook = join(abc.fleet.folder, 'jump.cjs');
  writeFileSync(
    hook,
    `const { readFileSync } = require('node:fs');
    const real = Date.now;
    Date.now = () => {
      try {
        return real() + Number(readFileSync(process.env.JUMP, 'utf8'));
      } catch {
        return real();
      }
    };`,
  );
});
afterEach(() => {
  for (const { pid } of remoteProcesses(MARKER)) signalProcess(pid, 'SIGKILL');
});
afterAll(() => abc.stop());

function expectPlausible(durationMs: number | null | undefined): void {
  expect(durationMs).toBeGreaterThan(0);
  expect(durationMs).toBeLessThan(20_000);
}

test.each([
  { where: 'ahead', by: DAY_MS },
  { where: 'back', by: -DAY_MS },
])(
  'F49 wall clock jumps a day $where: no deadline fires by that or freezes, and durations are as they were',
  async ({ where, by }) => {
    const [jump, gate] = [join(abc.fleet.folder, where), join(abc.fleet.folder, `gate-${where}`)];
    const hosts = [abc.a, b, abc.c];
    const muster = abc.start(
      onlyOn(
        b,
        `echo before; exec sleep ${MARKER}`,
        `echo before; until [ -e ${gate} ]; do sleep 0.05; done; echo after`,
      ),
      {
        hosts,
        flags: ['-u', '2', '-o', 'ServerAliveInterval=1', '-o', 'ServerAliveCountMax=1'],
        env: { NODE_OPTIONS: `--require=${hook}`, JUMP: jump },
      },
    );
    await Promise.all(hosts.map((host) => hasSaid(muster, host, 'before')));
    writeFileSync(jump, String(by));
    writeFileSync(gate, '');
    const result = await muster.ended;
    const job = endOf(result);
    // It did jump, and only what is there to be read shows it.
    const times = eventsOf(result).flatMap(({ time }) =>
      time === undefined ? [] : [Date.parse(time)],
    );
    expect(Math.abs((times.at(-1) ?? 0) - (times[0] ?? 0) - by)).toBeLessThan(60_000);
    const slow = childOf(job, b);
    expect(slow, said(result)).toMatchObject({ state: 'Failed', failure: { code: 'timeout' } });
    expect(slow.durationMs).toBeGreaterThan(2_000);
    expect(slow.durationMs).toBeLessThan(5_000);
    for (const host of [abc.a, abc.c]) {
      const child = childOf(job, host);
      expect(child).toMatchObject({ state: 'Completed', attempts: 1, failure: null });
      expect(child.durationMs).toBeGreaterThanOrEqual(0);
      expect(child.durationMs).toBeLessThan(2_500);
      expect(bytesFrom(result, host).toString()).toBe('before\nafter\n');
    }
    expect(job.durationMs).toBeGreaterThan(2_000);
    expect(job.durationMs).toBeLessThan(6_000);
    expect([job.state, result.code]).toEqual(['Failed', 124]);
  },
);

test('F49 wall clock jumps ahead and back under a durable command: neither its way back nor its deadline is touched', async () => {
  let offset = 0;
  const clock = { ...systemClock, now: () => systemClock.now() + offset };
  const controller = watched(createController({ keepMs: 0, clock }));
  try {
    const gate = join(abc.fleet.folder, 'gate-durable');
    const definition = await definitionOf(
      {
        hosts: [abc.fleet.target(b)],
        command: `echo before; until [ -e ${gate} ]; do sleep 0.05; done; echo after`,
        timeoutMs: 30_000,
      },
      abc.fleet.access(),
    );
    const { id } = await controller.start({ ...definition, durable: true });
    const child = async () => (await controller.job(id)).children[0];
    await eventually(async () => (await child())?.bytes.output === 'before\n'.length);
    for (const next of [DAY_MS, -DAY_MS]) {
      const wasCut = (await child())?.attempts ?? 0;
      offset = next;
      for (const pid of abc.fleet.connectionPids()) signalProcess(pid, 'SIGKILL');
      await eventually(async () => {
        const now = await child();
        return now?.state === 'Running' && now.attempts > wasCut;
      });
      expectPlausible((await child())?.durationMs);
    }
    writeFileSync(gate, '');
    const job = await controller.wait(id, { until: 'finished' });
    expect(job.children[0]).toMatchObject({ state: 'Completed', exitCode: 0 });
    expectPlausible(job.children[0]?.durationMs);
    expectPlausible(job.durationMs);
  } finally {
    await controller.dispose();
  }
}, 40_000);
