import { describe, expect, test } from 'vitest';
import type { StateEvent } from '../../../src/model/event.ts';
import type { JobState } from '../../../src/model/state.ts';
import type { ChildJson, JobJson } from '../../helpers/job-json.ts';
import type { MusterResult } from '../../helpers/run-muster.ts';
import { Watch } from './controllers.ts';
import { checkLeft } from './leftovers.ts';
import { checkRestart } from './restart.ts';
import { checkRun, type RunSeen } from './run.ts';
import { checkSent, type ServersSeen } from './sent.ts';
import type { Invariant, Violation } from './violation.ts';

const child = (id: number, host: string, changes: Partial<ChildJson> = {}): ChildJson => ({
  ...COMMON,
  id,
  parentId: 1,
  type: '',
  host,
  exitCode: 0,
  signal: null,
  failure: null,
  attempts: 1,
  bytes: { output: 3, error: 0 },
  ...changes,
});
const COMMON = {
  instanceId: 'i',
  name: 'Job1',
  state: 'Completed',
  hasMoreData: false,
  location: 'a',
  command: 'echo hi',
  begin: null,
  end: null,
  durationMs: 1,
  statusMessage: null,
} as const;
const COUNTS = { completed: 2, failed: 0, stopped: 0, running: 0, queued: 0, total: 2 };
const END: JobJson = {
  ...COMMON,
  id: 1,
  parentId: null,
  type: 'RemoteJob',
  counts: COUNTS,
  children: [child(2, 'a'), child(3, 'b')],
};

const change = (jobId: number, from: string, to: string): object => ({
  event: 'state',
  jobId,
  parentId: jobId === 1 ? null : 1,
  host: jobId === 1 ? null : 'a',
  from,
  to,
});
const record = (jobId: number, seq: number, data: string): object => ({
  event: 'record',
  jobId,
  parentId: 1,
  seq,
  stream: 'output',
  data,
});
/** Two children, one after the other. */
const GOOD: readonly object[] = [
  change(1, 'NotStarted', 'Running'),
  change(2, 'NotStarted', 'Running'),
  record(2, 1, 'hi'),
  record(2, 2, '\n'),
  change(2, 'Running', 'Completed'),
  change(3, 'NotStarted', 'Running'),
  record(3, 1, 'hi\n'),
  change(3, 'Running', 'Completed'),
  change(1, 'Running', 'Completed'),
  { event: 'end', job: END },
];

function run(events: readonly object[], changes: Changes = {}): RunSeen {
  const text = events.map((event) => `${JSON.stringify(event)}\n`).join('');
  const { code = 0, errorText = '', left = [] } = changes;
  const args = ['run', '-w', 'a,b', '-f', '1', '-O', 'jsonl', '--', 'echo hi'];
  const bytes = { stdout: Buffer.from(text), stderr: Buffer.from(errorText) };
  const end = { code, signal: null, errorText, ...bytes, text, durationMs: 1 };
  const result = { ...end, job: (): JobJson => END };
  const seen = { isOnTerminal: false, isHeard: true, secrets: ['a line of the key'] };
  return { args, left, result, ...seen };
}

interface Changes {
  readonly code?: number;
  readonly errorText?: string;
  readonly left?: readonly string[];
}

function broken(violations: readonly Violation[]): readonly Invariant[] {
  return [...new Set(violations.map(({ invariant }) => invariant))];
}

/** The same events, with one of them replaced by others. */
function without(at: number, ...others: readonly object[]): readonly object[] {
  return [...GOOD.slice(0, at), ...others, ...GOOD.slice(at + 1)];
}

function endingWith(job: Partial<JobJson>): readonly object[] {
  return without(9, { event: 'end', job: { ...END, ...job } });
}

describe('a run that breaks an invariant is found out:', () => {
  const failure = {
    phase: 'run',
    code: 'lost',
    message: 'm',
    mayHaveRun: true,
    via: null,
  } as const;
  const cases: readonly (readonly [string, RunSeen, Invariant])[] = [
    [
      'a child that has not ended',
      run(without(7), { code: 0 }),
      'every target has one final state',
    ],
    [
      'counts that do not add up',
      run(endingWith({ counts: { ...COUNTS, completed: 1 } })),
      'every target has one final state',
    ],
    [
      'a child twice',
      run(endingWith({ children: [child(2, 'a'), child(2, 'a')] })),
      'every target has one final state',
    ],
    [
      'a failure of who has not failed',
      run(endingWith({ children: [child(2, 'a'), child(3, 'b', { failure })] }), { code: 0 }),
      'every target has one final state',
    ],
    [
      'a final state that changes',
      run([...GOOD.slice(0, 5), change(2, 'Completed', 'Failed'), ...GOOD.slice(5)]),
      'a final state does not change',
    ],
    [
      'a parent that is done before its children',
      run([
        ...GOOD.slice(0, 5),
        change(1, 'Running', 'Completed'),
        ...GOOD.slice(5, 8),
        GOOD[9] ?? {},
      ]),
      'a parent is a function of its children',
    ],
    [
      'a parent that ends as its children have not',
      run(endingWith({ state: 'Failed' })),
      'a parent is a function of its children',
    ],
    ['a record that is missing', run(without(2), {}), 'events have no gap and no repeat'],
    [
      'a record that comes twice',
      run(without(2, record(2, 1, 'hi'), record(2, 1, 'hi'))),
      'events have no gap and no repeat',
    ],
    ['a change that was not told', run(without(1)), 'events have no gap and no repeat'],
    [
      'bytes that were counted and not delivered',
      run(without(6, record(3, 1, 'h'))),
      'what was delivered is what was counted',
    ],
    [
      'two at once where one may',
      run([
        ...GOOD.slice(0, 2),
        change(3, 'NotStarted', 'Running'),
        ...GOOD.slice(2, 5),
        ...GOOD.slice(6),
      ]),
      'no more run at once than the fanout',
    ],
    ['no end', run(GOOD.slice(0, 9)), 'wait returns when the parent is final'],
    [
      'an exit status of something else',
      run(GOOD, { code: 1 }),
      'wait returns when the parent is final',
    ],
    [
      'a line of the key',
      run(GOOD, { errorText: 'debug: a line of the key\n' }),
      'no secret leaves',
    ],
    [
      'an escape sequence in a message',
      run(GOOD, { errorText: 'muster: a: \u001B]0;owned\u0007\n' }),
      'nothing that a terminal obeys',
    ],
    [
      'a question to the terminal in output',
      {
        ...run([]),
        args: ['run', '--', 'x'],
        isOnTerminal: true,
        result: shown('a: \u001B[c\r\n'),
      },
      'nothing that a terminal obeys',
    ],
    ['a file', run(GOOD, { left: ['/home/x'] }), 'nothing is left'],
    [
      'a message of two lines',
      run(endingWith({ children: [child(2, 'a'), child(3, 'b', { statusMessage: 'x\ny' })] })),
      'a message is one short safe line',
    ],
    [
      'a message without an end',
      run(
        endingWith({
          children: [child(2, 'a'), child(3, 'b', { statusMessage: 'x'.repeat(201) })],
        }),
      ),
      'a message is one short safe line',
    ],
  ];
  test.each(cases)('%s', (_name, seen, invariant) => {
    expect(broken(checkRun(seen))).toContain(invariant);
  });

  test('and one that breaks none is not', () => {
    expect(checkRun(run(GOOD))).toEqual([]);
    const coloured = shown('\u001B[?25l\u001B[31ma\u001B[0m: hi\r\n\u001B[2K\u001B[1G');
    expect(
      checkRun({ ...run([]), isOnTerminal: true, args: ['run', '--', 'x'], result: coloured }),
    ).toEqual([]);
  });
});

function shown(text: string): MusterResult {
  return { ...run([]).result, text };
}

describe('a command that is sent more than once is found out:', () => {
  const seen = (sessions: number, ...asked: readonly string[]): ServersSeen => ({
    sessions,
    asked: [asked],
  });

  test('by a server of ours', () => {
    expect(broken(checkSent([run(GOOD)], seen(0, 'echo hi', 'kill', 'kill')))).toEqual([]);
    expect(broken(checkSent([run(GOOD)], seen(0, 'echo hi', 'echo hi')))).toEqual([
      'a command is sent once',
    ]);
  });

  test('by the log of a real one, where no session was for something else', () => {
    expect(broken(checkSent([run(GOOD)], seen(2)))).toEqual([]);
    expect(broken(checkSent([run(GOOD)], seen(3)))).toEqual(['a command is sent once']);
    const durable = { ...run(GOOD), args: ['run', '--durable', ...run(GOOD).args.slice(1)] };
    expect(broken(checkSent([durable], seen(3)))).toEqual([]);
  });
});

test('what is open and was not before is found out', () => {
  expect(broken(checkLeft(new Map([['Timeout', 1]]), new Map([['Timeout', 2]])))).toEqual([
    'nothing is left',
  ]);
  expect(checkLeft(new Map([['Timeout', 1]]), new Map())).toEqual([]);
});

describe('a controller that breaks an invariant is found out:', () => {
  const states = GOOD.filter((event): event is StateEvent => 'to' in event);

  async function watched(
    events: readonly StateEvent[],
    waitsFor: JobState | null,
  ): Promise<readonly Invariant[]> {
    const watch = new Watch(
      {
        changes: async function* changes() {
          yield* events;
        },
        wait: () =>
          waitsFor === null
            ? new Promise<never>(() => undefined)
            : Promise.resolve({ state: waitsFor }),
      },
      1,
    );
    return broken(await watch.end());
  }

  test('by its changes, and by what its wait says', async () => {
    expect(await watched(states, 'Completed')).toEqual([]);
    expect(await watched(states, null)).toEqual(['wait returns when the parent is final']);
    expect(await watched(states.slice(0, -1), 'Completed')).toEqual([
      'wait returns when the parent is final',
    ]);
    const again: StateEvent = { ...(states[2] as StateEvent), from: 'Completed', to: 'Failed' };
    expect(await watched([...states, again], 'Completed')).toContain(
      'a final state does not change',
    );
  });
});

describe('a restart that loses something is found out:', () => {
  const before: JobJson = {
    ...END,
    state: 'Running',
    children: [
      child(2, 'a', { begin: 'then', end: 'later' }),
      child(3, 'b', { state: 'Running', begin: 'then', exitCode: null }),
      child(4, 'c', { state: 'NotStarted', begin: null, exitCode: null }),
    ],
  };
  const failure = {
    phase: 'run',
    code: 'lost',
    message: 'm',
    mayHaveRun: true,
    via: null,
  } as const;
  const [done, lost, held] = [
    child(2, 'a', { begin: 'then', end: 'later' }),
    child(3, 'b', { state: 'Failed', begin: 'then', exitCode: null, failure }),
    child(4, 'c', { state: 'Suspended', begin: null, exitCode: null }),
  ];
  const after = (...children: readonly ChildJson[]): readonly JobJson[] => [
    { ...before, children },
  ];

  test('and one that does not, not', () => {
    expect(checkRestart([before], after(done, lost, held))).toEqual([]);
  });

  test.each([
    ['a job that is gone', []],
    ['other ids', after(done, { ...lost, instanceId: 'other' }, held)],
    ['a child that is gone', after(done, lost)],
    ['another result', after({ ...done, exitCode: 3 }, lost, held)],
    ['one that has begun by itself', after(done, lost, { ...held, state: 'Running' })],
    ['one that nobody explains', after(done, { ...lost, failure: null }, held)],
  ] as const)('%s', (_name, found) => {
    expect(broken(checkRestart([before], found))).toEqual(['a restart loses nothing']);
  });
});
