import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FAILURE_PHASES } from '../../src/model/failure.ts';
import { countsOf, emptyTally, parentState, tally } from '../../src/model/parent-state.ts';
import {
  assertTransition,
  CHILD_TRANSITIONS,
  IllegalTransition,
  isFinished,
  isPersistent,
  JOB_STATES,
  type JobState,
} from '../../src/model/state.ts';

const anyState = fc.constantFrom(...JOB_STATES);
const anyFinished = fc.constantFrom(...JOB_STATES.filter(isFinished));

/** A walk of several children along legal transitions, as the list of all states after each event. */
const anyHistory: fc.Arbitrary<readonly (readonly JobState[])[]> = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 60 }))
  .map(([size, choices]) => {
    let states: readonly JobState[] = Array.from({ length: size }, () => 'NotStarted');
    const history = [states];
    for (const [who, where] of choices) {
      const child = who % size;
      const next = CHILD_TRANSITIONS[states[child] ?? 'NotStarted'];
      const to = next[where % Math.max(1, next.length)];
      if (to === undefined) continue;
      states = states.with(child, to);
      history.push(states);
    }
    return history;
  });

describe("the parent's state", () => {
  // R running, N not started, C completed, F failed, S stopped, B blocked, D disconnected, I suspending, U suspended,
  // T stopping. The third column: with a stop requested on the parent.
  const TABLE: readonly (readonly [string, JobState, JobState])[] = [
    ['no child', 'Completed', 'Completed'],
    ['N N N', 'Running', 'Stopping'],
    ['R R R', 'Running', 'Stopping'],
    ['N R C', 'Running', 'Stopping'],
    ['C C R', 'Running', 'Stopping'],
    ['C C N', 'Running', 'Stopping'],
    ['F C R', 'Running', 'Stopping'],
    ['F F R', 'Running', 'Stopping'],
    ['S S R', 'Running', 'Stopping'],
    ['T S S', 'Running', 'Stopping'],
    ['T C F', 'Running', 'Stopping'],
    ['B R R', 'Blocked', 'Blocked'],
    ['B C R', 'Blocked', 'Blocked'],
    ['B F N', 'Blocked', 'Blocked'],
    ['B C C', 'Blocked', 'Blocked'],
    ['D B C', 'Blocked', 'Blocked'],
    ['D R R', 'Running', 'Stopping'],
    ['D D R', 'Running', 'Stopping'],
    ['D N C', 'Running', 'Stopping'],
    ['D D D', 'Disconnected', 'Stopping'],
    ['D C C', 'Disconnected', 'Stopping'],
    ['D F C', 'Disconnected', 'Stopping'],
    ['D U C', 'Disconnected', 'Stopping'],
    ['I U C', 'Suspending', 'Stopping'],
    ['I D C', 'Suspending', 'Stopping'],
    ['I R C', 'Running', 'Stopping'],
    ['U U U', 'Suspended', 'Stopping'],
    ['U C F', 'Suspended', 'Stopping'],
    ['U R C', 'Running', 'Stopping'],
    ['C C C', 'Completed', 'Completed'],
    ['F C C', 'Failed', 'Failed'],
    ['F F F', 'Failed', 'Failed'],
    ['F S C', 'Failed', 'Failed'],
    ['F S S', 'Failed', 'Failed'],
    ['S S S', 'Stopped', 'Stopped'],
    ['S C C', 'Stopped', 'Stopped'],
  ];

  test.each(TABLE)('of %s is %s, and %s where a stop was requested', (letters, plain, stopping) => {
    const states = letters.split(' ').flatMap((letter) => STATE_OF[letter] ?? []);
    expect(states).toHaveLength(letters === 'no child' ? 0 : 3);
    expect(parentState(tally(states), false)).toBe(plain);
    expect(parentState(tally(states), true)).toBe(stopping);
  });

  test('is the first rule that fits, for every combination of states that are there', () => {
    for (let set = 0; set < 2 ** JOB_STATES.length; set += 1) {
      const there = JOB_STATES.filter((_, index) => (set >> index) % 2 === 1);
      for (const stop of [false, true]) {
        expect(parentState(tally(there), stop)).toBe(byTheRules(new Set(there), stop));
      }
    }
  });

  test('depends on which states are there, and not on how many children are in each', () => {
    const several = fc.array(fc.tuple(anyState, fc.integer({ min: 1, max: 50 })), {
      maxLength: 10,
    });
    fc.assert(
      fc.property(several, fc.boolean(), (groups, stop) => {
        const one = groups.map(([state]) => state);
        const many = groups.flatMap(([state, count]) => Array<JobState>(count).fill(state));
        expect(parentState(tally(many), stop)).toBe(parentState(tally(one), stop));
      }),
    );
  });

  test('does not depend on the order of events: the same events in another order give the same state', () => {
    const twoOrders = anyHistory.chain((history) => {
      const events = eventsOf(history);
      const keys = fc.array(fc.nat(), { minLength: events.length, maxLength: events.length });
      return fc.tuple(
        fc.constant(history),
        keys.map((each) => reordered(events, each)),
      );
    });
    fc.assert(
      fc.property(twoOrders, fc.boolean(), ([history, events], stop) => {
        const counted = { ...tally(history[0] ?? []) };
        const states = [...(history[0] ?? [])];
        for (const { child, from, to } of events) {
          assertTransition(states[child] ?? 'NotStarted', to);
          states[child] = to;
          counted[from] -= 1;
          counted[to] += 1;
          expect(parentState(counted, stop)).toBe(parentState(tally(states), stop));
        }
        expect(parentState(counted, stop)).toBe(parentState(tally(history.at(-1) ?? []), stop));
      }),
    );
  });

  test('does not depend on which child is in which state', () => {
    const shuffled = fc
      .array(anyState, { maxLength: 12 })
      .chain((states) =>
        fc.tuple(
          fc.constant(states),
          fc.shuffledSubarray(states, { minLength: states.length, maxLength: states.length }),
        ),
      );
    fc.assert(
      fc.property(shuffled, fc.boolean(), ([states, other], stop) => {
        expect(parentState(tally(other), stop)).toBe(parentState(tally(states), stop));
      }),
    );
  });

  test('is Failed once all are finished and one failed, whatever the others did and whoever asked for a stop', () => {
    const withFailure = fc
      .array(anyFinished, { maxLength: 20 })
      .chain((states) => fc.nat(states.length).map((at) => states.toSpliced(at, 0, 'Failed')));
    fc.assert(
      fc.property(withFailure, fc.boolean(), (states, stop) => {
        expect(parentState(tally(states), stop)).toBe('Failed');
      }),
    );
  });

  test('is finished exactly when every child is, so a failure alone does not end it', () => {
    fc.assert(
      fc.property(fc.array(anyState, { maxLength: 12 }), fc.boolean(), (states, stop) => {
        expect(isFinished(parentState(tally(states), stop))).toBe(states.every(isFinished));
      }),
    );
  });

  test('does not change any more once it is finished', () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        const states = history.map((each) => parentState(tally(each), false));
        const first = states.findIndex(isFinished);
        if (first !== -1) expect(new Set(states.slice(first)).size).toBe(1);
      }),
    );
  });
});

describe('counts', () => {
  test('add up to the number of children, whatever their states', () => {
    fc.assert(
      fc.property(fc.array(anyState, { maxLength: 60 }), (states) => {
        const { completed, failed, stopped, running, queued, total } = countsOf(tally(states));
        expect(completed + failed + stopped + running + queued).toBe(total);
        expect(total).toBe(states.length);
      }),
    );
  });

  test('put every state into one of them', () => {
    const where = JOB_STATES.map((state) => {
      const { total, ...counts } = countsOf(tally([state]));
      expect(total).toBe(1);
      return [state, Object.entries(counts).find(([, count]) => count === 1)?.[0]];
    });
    expect(Object.fromEntries(where)).toEqual({
      NotStarted: 'queued',
      Running: 'running',
      Completed: 'completed',
      Failed: 'failed',
      Stopped: 'stopped',
      Blocked: 'running',
      Suspending: 'running',
      Suspended: 'running',
      Stopping: 'running',
      Disconnected: 'running',
    });
  });

  test('show a failure at once, while the parent still runs', () => {
    const states = tally(['Failed', 'Running', 'NotStarted']);
    expect([parentState(states, false), countsOf(states).failed]).toEqual(['Running', 1]);
  });

  test('of nothing are all 0', () => {
    expect(countsOf(emptyTally()).total).toBe(0);
  });
});

describe('a child', () => {
  test('never changes once it is finished', () => {
    fc.assert(
      fc.property(anyFinished, anyState, (from, to) => {
        expect(() => assertTransition(from, to)).toThrow(IllegalTransition);
      }),
    );
  });

  test('may go where the table says and nowhere else, and the error names both states', () => {
    fc.assert(
      fc.property(anyState, anyState, (from, to) => {
        if (CHILD_TRANSITIONS[from].includes(to)) {
          assertTransition(from, to);
        } else {
          expect(() => assertTransition(from, to)).toThrow(`from ${from} to ${to}`);
        }
      }),
    );
  });

  test('never enters the state that it is in', () => {
    for (const state of JOB_STATES) expect(CHILD_TRANSITIONS[state]).not.toContain(state);
  });

  test('can come to an end from every unfinished state, as failed and as stopped', () => {
    for (const state of JOB_STATES.filter((each) => !isFinished(each))) {
      expect(CHILD_TRANSITIONS[state]).toEqual(expect.arrayContaining(['Failed', 'Stopped']));
    }
  });

  test('cannot complete without having run', () => {
    expect(CHILD_TRANSITIONS.NotStarted).not.toContain('Completed');
    expect(CHILD_TRANSITIONS.NotStarted).not.toContain('Stopping');
  });

  test('returns to the queue only from suspension', () => {
    const back = JOB_STATES.filter((state) => CHILD_TRANSITIONS[state].includes('NotStarted'));
    expect(back).toEqual(['Suspended']);
  });
});

test('persistent is finished, suspended or disconnected', () => {
  expect(JOB_STATES.filter(isPersistent).toSorted()).toEqual([
    'Completed',
    'Disconnected',
    'Failed',
    'Stopped',
    'Suspended',
  ]);
});

test('every failure code belongs to its phase', () => {
  const table = new Map<string, string[]>();
  for (const [code, phase] of Object.entries(FAILURE_PHASES)) {
    table.set(phase, [...(table.get(phase) ?? []), code]);
  }
  expect(Object.fromEntries(table)).toEqual({
    resolve: ['dns', 'dns-timeout'],
    connect: ['refused', 'connect-timeout', 'unreachable'],
    handshake: ['banner-timeout', 'protocol', 'closed-early', 'target-busy'],
    verify: ['host-key-unknown', 'host-key-changed', 'host-key-revoked'],
    authenticate: ['auth-denied', 'auth-partial', 'auth-timeout', 'agent'],
    open: ['channel-refused', 'exec-refused', 'jump-refused'],
    become: ['become-denied', 'become-timeout', 'become-missing'],
    run: ['exit-code', 'signal', 'timeout', 'lost', 'no-status', 'output-limit'],
    transfer: ['transfer'],
    local: ['store', 'internal', 'skipped'],
  });
});

interface Event {
  readonly child: number;
  readonly from: JobState;
  readonly to: JobState;
}

function eventsOf(history: readonly (readonly JobState[])[]): readonly Event[] {
  return history.slice(1).flatMap((states, index) =>
    states.flatMap((to, child) => {
      const from = history[index]?.[child] ?? to;
      return from === to ? [] : [{ child, from, to }];
    }),
  );
}

/** The same events, each child's in their order, children mixed as the keys say. */
function reordered(events: readonly Event[], keys: readonly number[]): readonly Event[] {
  const whose = events
    .map(({ child }, index) => ({ child, key: keys[index] ?? 0 }))
    .sort((a, b) => a.key - b.key);
  const queues = new Map<number, Event[]>();
  for (const event of events) {
    queues.set(event.child, [...(queues.get(event.child) ?? []), event]);
  }
  return whose.flatMap(({ child }) => queues.get(child)?.shift() ?? []);
}

/** The rules, read aloud. */
function byTheRules(there: ReadonlySet<JobState>, stopRequested: boolean): JobState {
  const some = (...states: readonly JobState[]): boolean =>
    states.some((state) => there.has(state));
  if (some('Blocked')) return 'Blocked';
  if (stopRequested && [...there].some((state) => !isFinished(state))) return 'Stopping';
  if (some('Running', 'Stopping', 'NotStarted')) return 'Running';
  if (some('Suspending')) return 'Suspending';
  if (some('Disconnected')) return 'Disconnected';
  if (some('Suspended')) return 'Suspended';
  if (some('Failed')) return 'Failed';
  return some('Stopped') ? 'Stopped' : 'Completed';
}

const STATE_OF: Readonly<Record<string, JobState>> = {
  N: 'NotStarted',
  R: 'Running',
  C: 'Completed',
  F: 'Failed',
  S: 'Stopped',
  B: 'Blocked',
  I: 'Suspending',
  U: 'Suspended',
  T: 'Stopping',
  D: 'Disconnected',
};
