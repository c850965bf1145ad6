import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FailureCode } from '../../../src/model/failure.ts';
import { exitStatus } from '../../../src/cli/exit-status.ts';
import type { Run } from '../contract-rig.ts';
import { failure } from '../fakes.ts';
import { hostsOf, RolloutRig, sizes } from './rig.ts';

const count = (value: number): { kind: 'count'; count: number } => ({
  kind: 'count',
  count: value,
});

describe('a limit on failures', () => {
  test('so many are tolerated; the next one ends it: what runs finishes, what has not begun is skipped', async () => {
    const rig = new RolloutRig();
    await rig.start(hostsOf('abcdefg'), { maxFailures: count(1) }, { fanout: 2 });
    await rig.end('a', 1);
    expect(await rig.states()).toBe('FRRNNNN');
    await rig.end('b', 1);
    expect(await rig.states()).toBe('FFRXXXX');
    expect(await rig.view()).toMatchObject({
      state: 'Running',
      statusMessage: 'stopped after 2 failures: --max-failures 1; 4 hosts were not begun',
      counts: { failed: 2, running: 1, stopped: 4, queued: 0 },
    });
    await rig.end('c');
    const job = await rig.view();
    expect(job).toMatchObject({
      state: 'Failed',
      statusMessage: 'stopped after 2 failures: --max-failures 1; 4 hosts were not begun',
    });
    expect(job.children[3]).toMatchObject({
      state: 'Stopped',
      failure: {
        phase: 'local',
        code: 'skipped',
        message: 'not begun: 2 failures before it (--max-failures 1)',
        mayHaveRun: false,
        via: null,
      },
      begin: null,
      durationMs: null,
      attempts: 0,
      statusMessage: null,
    });
    expect([rig.began.join(''), exitStatus(job, null)]).toEqual(['abc', 1]);
  });

  test('counts over all batches, and a percentage is of all targets', async () => {
    const rig = new RolloutRig();
    const maxFailures = { kind: 'percent', percent: 30 } as const;
    await rig.start(hostsOf('abcdef'), { batches: sizes(1, 2), maxFailures });
    await rig.end('a', 1);
    await rig.end('b', 1);
    expect(await rig.states()).toBe('FFRNNN');
    await rig.end('c', 1);
    expect(await rig.states()).toBe('FFFXXX');
    expect((await rig.view()).statusMessage).toBe(
      'stopped after 3 failures: --max-failures 30%; 3 hosts were not begun',
    );
  });

  test('with kill, what runs is stopped too', async () => {
    const rig = new RolloutRig();
    await rig.start(hostsOf('abcd'), { maxFailures: count(0), kill: true }, { fanout: 3 });
    await rig.end('b', 3);
    expect(await rig.states()).toBe('S!FS!X');
    const job = await rig.view();
    expect(job).toMatchObject({
      state: 'Failed',
      statusMessage:
        'stopped after 1 failure: --max-failures 0; 1 host was not begun, 2 hosts were stopped',
      children: [{ statusMessage: 'stopped by --max-failures', failure: null }, {}, {}, {}],
    });
  });

  test('says nothing where all had begun', async () => {
    const rig = new RolloutRig();
    await rig.start(hostsOf('ab'), { maxFailures: count(0) });
    await rig.end('ab', 1);
    expect(await rig.view()).toMatchObject({ state: 'Failed', statusMessage: null });
  });

  test('skips the suspended and the splayed as well, and leaves no timer', async () => {
    const random = [0, 0.5, 0.9];
    const rig = new RolloutRig({ random: () => random.shift() ?? 0 });
    const id = await rig.start(hostsOf('abc'), { maxFailures: count(0), splayMs: 10_000 });
    await rig.clock.advance(0);
    await rig.controller.suspend(id + 2);
    await rig.end('a', 1);
    expect([await rig.states(), rig.clock.pending]).toEqual(['FXX', 0]);
  });

  test('whatever fails when, no more begins after the failure that crosses it, and every target is told of', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { minLength: 1, maxLength: 24 }),
        fc.integer({ min: 1, max: 6 }),
        fc.nat(4),
        fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 3 }),
        fc.infiniteStream(fc.nat(5)),
        async (fails, fanout, allowed, batches, picks) => {
          const rig = new RolloutRig();
          const hosts = fails.map((_, at) => String.fromCodePoint(0x4e00 + at));
          const rollout = { batches: sizes(...batches), maxFailures: count(allowed) };
          await rig.start(hosts, rollout, { fanout });
          const ended = new Set<string>();
          let failures = 0;
          let begunAtCut = hosts.length;
          for (const pick of picks) {
            const running = rig.began.filter((host) => !ended.has(host));
            expect(running.length).toBeLessThanOrEqual(fanout);
            const host = running[pick % running.length];
            if (host === undefined) break;
            ended.add(host);
            const isFailure = fails[hosts.indexOf(host)] === true;
            if (isFailure) failures += 1;
            if (isFailure && failures === allowed + 1) begunAtCut = rig.began.length;
            await rig.end(host, isFailure ? 1 : 0);
          }
          const { counts, children, state } = await rig.view();
          expect(rig.began.length).toBe(begunAtCut);
          expect(counts).toMatchObject({ failed: failures, running: 0, queued: 0 });
          expect(counts.stopped).toBe(hosts.length - begunAtCut);
          expect(children.filter((child) => child.failure?.code === 'skipped').length).toBe(
            counts.stopped,
          );
          expect(state).toBe(failures > 0 ? 'Failed' : 'Completed');
          expect(rig.clock.pending).toBe(0);
          await rig.controller.dispose();
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('C25: where the first logins all fail alike,', () => {
  const connects: Run = async (context) => {
    await context.connect();
    return { kind: 'exit', code: 0 };
  };
  const many = Array.from({ length: 100 }, (_, at) => `h${at}`);

  function refusing(code: FailureCode, loginSlots = 64): RolloutRig {
    const rig = new RolloutRig({ run: connects, loginSlots });
    rig.transport.connectWith = () => Promise.reject(failure(code));
    return rig;
  }

  test('the rest is not tried, and the job says why', async () => {
    const rig = refusing('auth-denied');
    await rig.start(many, {}, { fanout: 4 });
    const job = await rig.view();
    const tried = rig.transport.requests.length;
    expect(tried).toBeGreaterThanOrEqual(8);
    expect(tried).toBeLessThan(16);
    expect(job).toMatchObject({
      state: 'Failed',
      counts: { failed: tried, stopped: 100 - tried },
      statusMessage: `stopped: the first 8 logins all failed with auth-denied; ${100 - tried} hosts were not begun (--no-breaker tries every host)`,
    });
    expect(job.children.at(-1)).toMatchObject({
      failure: { code: 'skipped' },
      begin: null,
      attempts: 0,
    });
    expect(exitStatus(job, null)).toBe(4);
  });

  test('those that only wait for a login slot are not tried either', async () => {
    const rig = refusing('auth-denied', 2);
    await rig.start(many, {}, { fanout: 100 });
    expect(rig.transport.requests.length).toBeLessThan(16);
    expect((await rig.view()).counts).toMatchObject({
      failed: rig.transport.requests.length,
      running: 0,
    });
  });

  test('without the breaker every host is tried', async () => {
    const rig = refusing('auth-denied');
    await rig.start(many, { breaker: false }, { fanout: 4 });
    expect((await rig.view()).counts.failed).toBe(100);
  });

  test('a login that is stopped meanwhile is not waited for', async () => {
    const rig = refusing('refused');
    // The first hangs, as do all after the eight that are refused.
    rig.transport.connectWith = ({ target, signal }) =>
      ['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'h7', 'h8'].includes(target.name)
        ? Promise.reject(failure('refused'))
        : new Promise((_, reject) => {
            signal.addEventListener('abort', () => reject(new Error('stopped')));
          });
    const id = await rig.start(many, {}, { fanout: 9 });
    expect((await rig.view()).counts).toMatchObject({ failed: 8, running: 9, stopped: 0 });
    await rig.controller.stop(id + 1, 'a test');
    await rig.clock.advance(0);
    expect((await rig.view()).counts).toMatchObject({ failed: 8, running: 0, stopped: 92 });
    await rig.controller.dispose();
  });

  test('logins under way are given up, where each further attempt may lock an account', async () => {
    const rig = refusing('auth-denied');
    rig.transport.connectWith = ({ target, signal }) =>
      Number(target.name.slice(1)) < 8
        ? Promise.reject(failure('auth-denied'))
        : new Promise((_, reject) => {
            signal.addEventListener('abort', () => reject(new Error('given up')));
          });
    await rig.start(many.slice(0, 40), {});
    const job = await rig.view();
    expect(job.counts).toMatchObject({ failed: 8, stopped: 32, running: 0 });
    expect(job.children.slice(8).every((child) => child.failure?.code === 'skipped')).toBe(true);
    expect(job.statusMessage).toContain('; 32 hosts were not begun');
  });

  test('nobody else begins while those under way decide', async () => {
    const rig = refusing('refused');
    rig.transport.connectWith = async ({ target }) => {
      await new Promise<void>(
        (resolve) => void rig.clock.after(Number(target.name.slice(1)) + 1, resolve),
      );
      throw failure('refused');
    };
    await rig.start(many, {});
    await rig.clock.advance(1000);
    const { counts, state } = await rig.view();
    expect(state).toBe('Failed');
    expect(counts.failed).toBeLessThan(75);
    expect(counts.stopped).toBe(100 - counts.failed);
  });

  test('a few quick refusals among logins that take their time skip nobody', async () => {
    const rig = refusing('refused');
    rig.transport.connectWith = async ({ target }) => {
      if (Number(target.name.slice(1)) < 10) throw failure('refused');
      await new Promise<void>((resolve) => void rig.clock.after(100, resolve));
      return rig.transport.connection(target);
    };
    await rig.start(many, {}, { fanout: 32 });
    await rig.clock.advance(1000);
    expect((await rig.view()).counts).toMatchObject({ failed: 10, completed: 90 });
  });
});

describe('retries', () => {
  test('wait about as long as was said, and are counted', async () => {
    const times: number[] = [];
    const rig = new RolloutRig({
      random: () => 0.25,
      run: async (context) => {
        await context.connect();
        return { kind: 'exit', code: 0 };
      },
    });
    rig.transport.connectWith = (request, attempt) => {
      times.push(rig.clock.monotonic());
      return attempt < 3
        ? Promise.reject(failure('refused'))
        : Promise.resolve(rig.transport.connection(request.target));
    };
    await rig.start(['a'], {}, { retries: 5, retryDelayMs: 1000 });
    await rig.clock.advance(5000);
    expect(times).toEqual([0, 750, 1500]);
    expect((await rig.view()).children[0]).toMatchObject({ state: 'Completed', attempts: 3 });
  });
});
