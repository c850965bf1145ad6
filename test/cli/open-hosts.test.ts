import { expect, test } from 'vitest';
import { openHosts, type OpenHosts } from '../../src/cli/open-hosts.ts';
import type { JobState } from '../../src/model/state.ts';
import { child, job, PARENT } from '../presenters/events.ts';

test('a host is open from its start until it was seen to end', () => {
  const open = started();
  expect([open.jobs, open.names()]).toEqual([[PARENT], ['a', 'b']]);
  move(open, 2, 'Running');
  expect(open.names()).toEqual(['a', 'b']);
  move(open, 2, 'Failed');
  expect(open.names()).toEqual(['b']);
});

test('none is when the job was seen to end', () => {
  const open = started();
  open.saw({ event: 'end', job: job([child('a'), child('b', { id: 3 })]) });
  expect([open.jobs, open.names()]).toEqual([[], []]);
});

function started(): OpenHosts {
  const open = openHosts();
  const waiting = { state: 'NotStarted' } as const;
  open.started(
    job([
      child('a', waiting),
      child('b', { ...waiting, id: 3 }),
      child('done', { id: 4, state: 'Completed' }),
    ]),
  );
  return open;
}

function move(open: OpenHosts, jobId: number, to: JobState): void {
  const time = 0;
  open.saw({
    ...({ event: 'state', jobId, parentId: PARENT, host: 'a' } as const),
    ...({ from: 'NotStarted', to, time, failure: null } as const),
  });
}
