import { describe, expect, test } from 'vitest';
import { planCommand, expectedOutput, makeBlobs, type Blobs } from '../commands.ts';
import { digestOf } from '../digest.ts';
import type { JobState } from '../../../src/model/state.ts';
import type { ChildSeen, Entry, FailureSeen, JobPlan } from '../history.ts';
import { Random } from '../random.ts';
import { check, type Invariant } from './check.ts';

const BLOBS: Blobs = makeBlobs('/nowhere', new Random(1));
const TOKEN = 'job';
const HOST = '127.0.0.9';
const OUTPUT = expectedOutput(planCommand(new Random(1), 'quick'), TOKEN, HOST, BLOBS);

function plan(overrides: Partial<JobPlan> = {}): JobPlan {
  const command = planCommand(new Random(1), 'quick');
  const shape = { token: TOKEN, durable: true, isSecret: false, hosts: [HOST], fanout: 1 };
  return { ...shape, command, ...overrides };
}

function seen(child: Partial<ChildSeen>, state: ChildSeen['state'] = 'Completed'): Entry {
  const { state: own = state } = child;
  const base = { id: 2, instanceId: 'b', host: HOST, exitCode: own === 'Completed' ? 0 : null };
  const whole = { ...base, signal: null, failure: null, says: null, ...child, state: own };
  return { what: 'seen', token: TOKEN, id: 1, instanceId: 'a', state, children: [whole] };
}

function record(seq: number, stream: 'output' | 'error', data: Uint8Array): Entry {
  const [bytes, digest] = [data.byteLength, digestOf(data)];
  return { what: 'record', token: TOKEN, host: HOST, seq, stream, bytes, digest };
}

const ASKED: readonly Entry[] = [
  { what: 'asked', plan: plan() },
  { what: 'replied', token: TOKEN, id: 1 },
];
const READ: Entry = { what: 'read', token: TOKEN, how: 'receive' };
const WHOLE: Entry = { what: 'read-end', token: TOKEN, end: 'whole' };
const CUT: Entry = { what: 'read-end', token: TOKEN, end: 'cut' };
const KILLED: Entry = { what: 'controller', is: 'killed', pid: 7 };
const ALL: readonly Entry[] = [
  READ,
  record(1, 'output', OUTPUT.output),
  record(2, 'error', OUTPUT.error),
  WHOLE,
];
const FULL: Entry = { what: 'disk', is: 'full' };
const NO_ROOM: FailureSeen = {
  phase: 'local',
  code: 'store',
  message: 'no room',
  mayHaveRun: true,
};
const BEGUN: Entry = { what: 'begun', lines: [`${TOKEN} ${HOST}`] };
const GOOD: readonly Entry[] = [...ASKED, seen({}), ...ALL, BEGUN];

function broken(...entries: readonly Entry[]): readonly Invariant[] {
  const timed = entries.map((entry, ms) => Object.assign({ ms }, entry));
  return check(timed, BLOBS).map(({ invariant }) => invariant);
}

describe('the checker finds nothing', () => {
  test('where all is well', () => {
    expect(broken(...GOOD)).toEqual([]);
  });

  test('where a durable child that has ended is looked for again by the next controller', () => {
    const again = seen({ state: 'Disconnected' }, 'Disconnected');
    expect(broken(...ASKED, seen({}), KILLED, again, seen({}), ...ALL, BEGUN)).toEqual([]);
  });

  test('where what a reader took that was killed comes again, cut otherwise', () => {
    const [one, rest] = [OUTPUT.output.subarray(0, 3), OUTPUT.output.subarray(3)];
    const first = [READ, record(1, 'output', OUTPUT.output), CUT];
    const again = [READ, record(1, 'output', one), record(2, 'output', rest)];
    const last = [record(3, 'error', OUTPUT.error), WHOLE];
    expect(broken(...ASKED, seen({}), ...first, ...again, ...last, BEGUN)).toEqual([]);
  });

  test('where a reader came to its end, and its controller was killed before it was told', () => {
    const reading = [READ, ...ALL.slice(1, 3), KILLED, WHOLE];
    const again = [READ, record(2, 'error', OUTPUT.error), WHOLE];
    expect(broken(...ASKED, seen({}), ...reading, ...again, BEGUN)).toEqual([]);
  });

  test('where a small disk was full', () => {
    const small: Entry = { what: 'small', hosts: [HOST] };
    const failed = seen({ state: 'Failed', failure: NO_ROOM }, 'Failed');
    expect(broken(small, ...ASKED, FULL, failed, BEGUN)).toEqual([]);
  });

  test('where contact is lost a few times on the way into a calm', () => {
    expect(broken(...ASKED, { what: 'calm' }, ...flips(3), ...GOOD.slice(2))).toEqual([]);
  });

  test('where streams of events begin anew', () => {
    const again = change(2, 'Running', 'Completed', 2);
    expect(broken(...GOOD, change(2, 'NotStarted', 'Running'), again)).toEqual([]);
  });

  test('where the output of what is not durable was lost with its controller', () => {
    const lossy: Entry = { what: 'asked', plan: plan({ durable: false }) };
    expect(broken(lossy, seen({}), KILLED, seen({}), BEGUN)).toEqual([]);
  });
});

describe('the checker finds', () => {
  const failed = { exitCode: 1, state: 'Failed' } as const;
  const failure = { phase: 'run', code: 'exit-code', message: 'exit code 1', mayHaveRun: true };
  const cases: readonly (readonly [string, Invariant, readonly Entry[]])[] = [
    [
      'a final state that changes',
      'one final state',
      [...ASKED, seen({ exitCode: 3 }), ...GOOD.slice(2)],
    ],
    [
      'a child that goes on after its end',
      'one final state',
      [...GOOD.slice(0, 3), seen({ state: 'Running' }, 'Running'), ...GOOD.slice(2)],
    ],
    [
      'a parent that does not follow from its children',
      'a parent is a function of its children',
      [...ASKED, seen({ state: 'Completed' }, 'Failed'), ...GOOD.slice(2)],
    ],
    [
      'more at once than the fanout',
      'no more at once than the fanout',
      [
        { what: 'asked', plan: plan({ fanout: 0 }) },
        seen({ state: 'Running' }, 'Running'),
        ...GOOD.slice(2),
      ],
    ],
    [
      'another id than before',
      'identity is kept',
      [...GOOD, { ...seen({}), instanceId: 'c' } as Entry],
    ],
    ['a job that is gone', 'identity is kept', [...GOOD, { what: 'missing', token: TOKEN, id: 1 }]],
    ['output that is missing', 'output is what the command wrote', [...ASKED, seen({}), BEGUN]],
    ['a record twice', 'output is what the command wrote', [...GOOD, ...ALL]],
    [
      'a gap',
      'output is what the command wrote',
      [...ASKED, READ, record(2, 'error', OUTPUT.error), WHOLE],
    ],
    [
      'other bytes',
      'output is what the command wrote',
      [...ASKED, READ, record(1, 'output', Buffer.from('x')), WHOLE],
    ],
    ['a second beginning', 'a command begins once', [...GOOD.slice(0, -1), twice()]],
    [
      'an end without a beginning',
      'a command begins once',
      [...GOOD.slice(0, -1), { what: 'begun', lines: [] }],
    ],
    [
      'an ending that is not the command’s',
      'the ending is the command’s own',
      [...ASKED, seen({ ...failed, failure }, 'Failed'), ...ALL, BEGUN],
    ],
    [
      'a durable command that is lost',
      'the ending is the command’s own',
      [...ASKED, seen({ state: 'Failed', failure: { ...failure, code: 'lost' } }, 'Failed'), BEGUN],
    ],
    [
      'a stop that nobody asked for',
      'the ending is the command’s own',
      [...ASKED, seen({ state: 'Stopped' }, 'Stopped'), BEGUN],
    ],
    [
      'an exit status that is not the job’s',
      'exit statuses are honest',
      [...GOOD, { what: 'waited', token: TOKEN, exit: 1 }],
    ],
    [
      'a stream of events with a gap',
      'events have no gap and no repeat',
      [...GOOD, change(2, 'NotStarted', 'Running'), change(2, 'Disconnected', 'Running')],
    ],
    [
      'an event twice',
      'events have no gap and no repeat',
      [...GOOD, change(2, 'NotStarted', 'Running'), change(2, 'NotStarted', 'Running')],
    ],
    [
      'more at once than the fanout, between two looks',
      'no more at once than the fanout',
      [
        ...GOOD,
        { ...change(9, 'NotStarted', 'Running'), parentId: 8 } as Entry,
        change(2, 'NotStarted', 'Running'),
        change(3, 'NotStarted', 'Running'),
      ],
    ],
    [
      'what a terminal might obey',
      'nothing comes to a terminal that does something to it',
      [...GOOD, { what: 'shown', token: TOKEN, unsafe: 1, first: '"x"' }],
    ],
    [
      'contact that is lost again and again where nothing is wrong',
      'contact lasts in a calm',
      [...ASKED, { what: 'calm' }, ...flips(4), ...GOOD.slice(2)],
    ],
    [
      'a host without room that has a disk like any other',
      'the ending is the command’s own',
      [...ASKED, FULL, seen({ state: 'Failed', failure: NO_ROOM }, 'Failed'), BEGUN],
    ],
    [
      'what is left',
      'nothing is left',
      [...GOOD, { what: 'left', where: 'hosts', names: ['sleep'] }],
    ],
  ];
  test.each(cases)('%s', (_name, invariant, entries) => {
    expect([...new Set(broken(...entries))]).toEqual([invariant]);
  });
});

function change(id: number, from: JobState, to: JobState, stream = 1): Entry {
  return { what: 'change', stream, id, parentId: 1, from, to };
}

function flips(times: number): readonly Entry[] {
  const both = [seen({}, 'Running'), seen({}, 'Disconnected')];
  return Array.from({ length: times }, () => both).flat();
}

function twice(): Entry {
  return { what: 'begun', lines: [`${TOKEN} ${HOST}`, `${TOKEN} ${HOST}`] };
}
