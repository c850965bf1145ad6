import { describe, expect, test } from 'vitest';
import { exitMax, exitOfJobs, exitStatus } from '../../src/cli/exit-status.ts';
import { countsOf, parentState, tally } from '../../src/model/parent-state.ts';
import type { ChildView, JobView } from '../../src/model/job.ts';
import { FAILURE_PHASES, type FailureCode, type Phase } from '../../src/model/failure.ts';
import type { JobState } from '../../src/model/state.ts';

describe('exit status', () => {
  test('0: every child completed', () => {
    expect(exitStatus(job(completed(), completed(3)), null)).toBe(0);
  });

  test('0: no children', () => {
    expect(exitStatus(job(), null)).toBe(0);
  });

  test.each<FailureCode>(['exit-code', 'signal', 'lost', 'no-status', 'output-limit', 'transfer'])(
    '1: a child failed by %s',
    (code) => {
      expect(exitStatus(job(completed(), failed(code)), null)).toBe(1);
    },
  );

  test.each<FailureCode>(['store', 'internal'])(
    '1: a child failed by %s, our own doing',
    (code) => {
      expect(exitStatus(job(failed(code)), null)).toBe(1);
    },
  );

  const unreached: readonly Phase[] = [
    'resolve',
    'connect',
    'handshake',
    'verify',
    'authenticate',
    'open',
    'become',
  ];
  test.each(codesOf(unreached))('4: a child failed by %s', (code) => {
    expect(exitStatus(job(completed(), failed(code)), null)).toBe(4);
  });

  test('124: a child ran out of time', () => {
    expect(exitStatus(job(completed(), failed('timeout')), null)).toBe(124);
  });

  test('3: stopped', () => {
    expect(exitStatus(job(completed(), child('Stopped')), null)).toBe(3);
  });

  test.each<JobState>(['Blocked', 'Suspended', 'Disconnected'])('5: a child is %s', (state) => {
    expect(exitStatus(job(completed(), child(state)), null)).toBe(5);
  });

  test.each([
    ['SIGINT', 130],
    ['SIGHUP', 129],
    ['SIGTERM', 143],
  ] as const)('%s: %i, whatever else happened', (signal, status) => {
    expect(exitStatus(job(failed('exit-code'), child('Stopped')), signal)).toBe(status);
    expect(exitMax(job(failed('exit-code', 7)), signal)).toBe(status);
  });

  test('the first row that fits decides: a failed command, an unreached host, a timeout, a stop', () => {
    const stopped = child('Stopped');
    expect(exitStatus(job(stopped, failed('timeout'), failed('dns'), failed('lost')), null)).toBe(
      1,
    );
    expect(exitStatus(job(stopped, failed('timeout'), failed('dns')), null)).toBe(4);
    expect(exitStatus(job(stopped, failed('timeout')), null)).toBe(124);
  });
});

describe('exit status with --exit-max', () => {
  test.each<[string, number, readonly ChildView[]]>([
    ['the largest exit code', 7, [failed('exit-code', 3), failed('exit-code', 7), completed()]],
    ['0 where all completed with 0', 0, [completed(), completed()]],
    ['an exit code that counts as success', 3, [completed(3), completed()]],
    [
      '128 and the number of the signal',
      137,
      [failed('signal', null, 'KILL'), failed('exit-code', 2)],
    ],
    ['128 for a signal without a number', 128, [failed('signal', null, 'NOSUCH')]],
    ['124 for a timeout', 124, [failed('timeout'), failed('exit-code', 2)]],
    ['255 for a host not reached', 255, [failed('refused'), failed('exit-code', 200)]],
    ['255 for a host lost', 255, [failed('lost')]],
    ['255 where a code is larger than a status can be', 255, [failed('exit-code', 3_221_225_786)]],
    ['3 where the job was stopped and nothing failed', 3, [child('Stopped'), completed()]],
  ])('%s', (_, status, children) => {
    expect(exitMax(job(...children), null)).toBe(status);
  });
});

function codesOf(phases: readonly Phase[]): readonly FailureCode[] {
  const all = Object.entries(FAILURE_PHASES) as [FailureCode, Phase][];
  return all.filter(([, phase]) => phases.includes(phase)).map(([code]) => code);
}

describe('exit status of several jobs', () => {
  test('0: nothing was waited for', () => {
    expect(exitOfJobs([], null)).toBe(0);
  });

  const rows: readonly (readonly [number, JobView])[] = [
    [1, job(failed('exit-code', 3))],
    [4, job(failed('refused'))],
    [124, job(failed('timeout'))],
    [5, job(child('Suspended'))],
    [3, job(child('Stopped'))],
    [0, job(completed())],
  ];
  test.each(rows.map(([status], index) => [status, index] as const))(
    '%i comes before every row below it, in whatever order the jobs come',
    (status, index) => {
      const jobs = rows.slice(index).map(([, one]) => one);
      expect(exitOfJobs(jobs, null)).toBe(status);
      expect(exitOfJobs(jobs.toReversed(), null)).toBe(status);
    },
  );

  test('124: the time ran out, where no job failed otherwise', () => {
    expect(exitOfJobs([], null, true)).toBe(124);
    expect(exitOfJobs([job(child('Suspended')), job(completed())], null, true)).toBe(124);
    expect(exitOfJobs([job(failed('exit-code', 3))], null, true)).toBe(1);
  });

  test('a child by itself decides as its job would', () => {
    const alone = child('Disconnected');
    expect(exitOfJobs([{ state: alone.state, children: [alone] }], null)).toBe(5);
  });
});

function completed(exitCode = 0): ChildView {
  return { ...child('Completed'), exitCode };
}

function failed(
  code: FailureCode,
  exitCode: number | null = null,
  signal: string | null = null,
): ChildView {
  const phase = FAILURE_PHASES[code];
  const failure = { phase, code, message: code, mayHaveRun: phase === 'run', via: null };
  return { ...child('Failed'), failure, exitCode, signal };
}

function child(state: JobState): ChildView {
  return {
    ...COMMON,
    parentId: 1,
    type: '',
    state,
    host: 'h',
    exitCode: null,
    signal: null,
    failure: null,
    attempts: 1,
    bytes: { output: 0, error: 0 },
    endConfirmed: null,
    item: null,
    question: null,
    data: {},
  };
}

function job(...children: readonly ChildView[]): JobView {
  const states = tally(children.map(({ state }) => state));
  const state = parentState(states, false);
  return {
    ...COMMON,
    parentId: null,
    type: 'RemoteJob',
    state,
    counts: countsOf(states),
    rerunOf: null,
    children,
  };
}

const COMMON = {
  id: 1,
  instanceId: '',
  name: '',
  hasMoreData: false,
  location: '',
  command: '',
  begin: 0,
  end: 0,
  durationMs: 0,
  statusMessage: null,
  progress: null,
};
