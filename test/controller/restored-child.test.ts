import { describe, expect, test } from 'vitest';
import { NOTHING_KNOWN, restoredChild } from '../../src/controller/restored-child.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import type { JournalledEnd, RecoveredChild, RecoveredJob } from '../../src/model/ports/journal.ts';
import { definition } from './fakes.ts';

const COMPLETED: Outcome = {
  state: 'Completed',
  exitCode: 0,
  signal: null,
  failure: null,
  statusMessage: null,
  endConfirmed: null,
};
const LOST = { phase: 'run', code: 'lost', mayHaveRun: true };
const UNREAD = 'its unread output was lost with its controller';

function ended(changes: Partial<JournalledEnd> = {}): JournalledEnd {
  return {
    outcome: COMPLETED,
    begin: 1000,
    end: 2000,
    attempts: 2,
    bytes: { output: 5, error: 4 },
    data: {},
    places: { output: 5, error: 4 },
    isRead: false,
    ...changes,
  };
}

function restored(
  durable: boolean,
  left: Partial<RecoveredChild>,
): ReturnType<typeof restoredChild> {
  const job: RecoveredJob = {
    id: 7,
    instanceId: 'of the job',
    rerunOf: null,
    note: null,
    begin: 900,
    definition: definition(['a'], { durable }),
    instanceIds: ['of the child'],
    missing: null,
    owing: null,
    children: [{ ...NOTHING_KNOWN, ...left }],
  };
  return restoredChild(job, 0, job.definition, 5000);
}

describe('a child whose controller was killed', () => {
  test.each([true, false])('that was never begun is Suspended (durable: %s)', (durable) => {
    expect(restored(durable, {}).child).toMatchObject({
      instanceId: 'of the child',
      state: 'Suspended',
      begin: null,
      outcome: null,
    });
  });

  test('that was running, and is not durable, is lost', () => {
    expect(restored(false, { begun: 1000 }).child).toMatchObject({
      state: 'Failed',
      begin: 1000,
      end: 5000,
      outcome: { failure: LOST, exitCode: null },
    });
  });

  test('that was running, and is durable, goes on behind what was received', () => {
    const taken = { seq: 3, places: { output: 4, error: 2 } };
    expect(restored(true, { begun: 1000, taken })).toMatchObject({
      child: { state: 'Disconnected', begin: 1000, places: taken.places, seq: 3, known: null },
      log: { seq: 3, output: 4, error: 2 },
    });
    expect(restored(true, { begun: 1000 }).child.places).toEqual({ output: 0, error: 0 });
  });

  test.each([true, false])('that had ended, and all was received, is as it was (%s)', (durable) => {
    const end = ended({ isRead: true });
    expect(restored(durable, { begun: 1000, ended: end })).toMatchObject({
      child: { state: 'Completed', begin: 1000, end: 2000, attempts: 2, outcome: COMPLETED },
      log: { output: 5, error: 4 },
    });
  });

  test('that had ended, and of which nothing was to be received, is as it was', () => {
    const end = ended({ bytes: { output: 0, error: 0 }, places: null });
    expect(restored(false, { begun: 1000, ended: end }).child.outcome).toEqual(COMPLETED);
    expect(restored(true, { ended: { ...end, begin: null } }).child.state).toBe('Completed');
  });

  test('that had ended, is not durable, and was received later, has lost nothing', () => {
    const taken = { seq: 3, places: { output: 0, error: 0 } };
    const { child } = restored(false, { begun: 1000, ended: ended(), taken });
    expect(child.outcome).toEqual(COMPLETED);
  });

  test('that had ended, is not durable, and was not received, says what is lost', () => {
    const { child } = restored(false, { begun: 1000, ended: ended() });
    expect(child).toMatchObject({ state: 'Completed', outcome: { statusMessage: UNREAD } });
  });

  test('that had ended, is durable, and was not received, is fetched again, and its end is known', () => {
    const end = ended({ outcome: { ...COMPLETED, state: 'Stopped' } });
    const { child } = restored(true, { begun: 1000, ended: end });
    expect(child).toMatchObject({
      state: 'Disconnected',
      begin: 1000,
      outcome: null,
      known: { outcome: { state: 'Stopped' }, end: 2000 },
    });
    const taken = { seq: 9, places: { output: 5, error: 4 } };
    expect(restored(true, { begun: 1000, ended: end, taken }).child.state).toBe('Stopped');
  });
});
