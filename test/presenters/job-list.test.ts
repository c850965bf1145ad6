import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import type { ChildView, JobSummary, JobView } from '../../src/model/job.ts';
import { jobListLines } from '../../src/presenters/job-list.ts';
import { jobListJson, writeJobList } from '../../src/presenters/job-list-json.ts';
import { childToJson, jobToJson } from '../../src/presenters/json-forms.ts';
import { child, job, memory } from './events.ts';

function summaryOf(fields: Partial<JobSummary> = {}): JobSummary {
  const { children, ...view } = job([child('web1')]);
  return { ...view, hasMoreData: false, children: children.map(({ id }) => id), ...fields };
}

function childOf(fields: Partial<ChildView>): ChildView {
  return child('web1', { hasMoreData: false, ...fields });
}

const LIST: readonly (JobSummary | ChildView)[] = [
  summaryOf({ id: 1, name: 'Job1', location: 'localhost', command: 'get-process' }),
  summaryOf({
    id: 4,
    name: 'nightly-report-of-everything',
    state: 'Running',
    hasMoreData: true,
    progress: { percent: 40.9, text: '' },
    location: 'web1.example.com,web2.example.com',
    command: 'sleep 100; echo done with it all',
  }),
  childOf({ id: 5, name: 'Job5', state: 'Failed', location: 'web1.example.com' }),
  childOf({ id: 6, name: 'Job6', state: 'Running', hasMoreData: true, location: 'web2' }),
  summaryOf({ id: 12, name: 'Job12', location: 'db1', command: 'uptime', rerunOf: 3 }),
];

describe('a list of jobs', () => {
  test("has PowerShell's columns in their order, as wide as what is in them", () => {
    const lines = jobListLines(
      [LIST[0], LIST[4]].filter((each) => each !== undefined),
      120,
    );
    expect(lines).toEqual([
      'Id  Name   Type       State      HasMoreData  Location   Command',
      '1   Job1   RemoteJob  Completed  False        localhost  get-process',
      '12  Job12  RemoteJob  Completed  False        db1        uptime (rerun of 3)',
    ]);
  });

  test('at 80 columns has names, locations and commands cut, and never an id or a state', () => {
    expect(jobListLines(LIST, 80)).toEqual([
      'Id Name          Type      State       HasMoreData Location      Command',
      '1  Job1          RemoteJob Completed   False       localhost     get-process',
      '4  nightly-repo… RemoteJob Running 40% True        web1.example… sleep 100; ech…',
      '5  Job5                    Failed      False       web1.example… uptime',
      '6  Job6                    Running     True        web2          uptime',
      '12 Job12         RemoteJob Completed   False       db1           uptime (rerun …',
    ]);
  });

  test('on a narrow terminal does without the command', () => {
    expect(jobListLines(LIST, 60)).toEqual([
      'Id Name        Type      State       HasMoreData Location',
      '1  Job1        RemoteJob Completed   False       localhost',
      '4  nightly-re… RemoteJob Running 40% True        web1.examp…',
      '5  Job5                  Failed      False       web1.examp…',
      '6  Job6                  Running     True        web2',
      '12 Job12       RemoteJob Completed   False       db1',
    ]);
  });

  test('in a pipe is never cut', () => {
    const [, , third] = jobListLines(LIST, null);
    expect(third).toBe(
      '4   nightly-report-of-everything  RemoteJob  Running 40%  True         ' +
        'web1.example.com,web2.example.com  sleep 100; echo done with it all',
    );
  });

  test('is sorted by id, children after their parent', () => {
    const ids = jobListLines(LIST.toReversed(), null, { titles: false }).map((line) =>
      Number.parseInt(line, 10),
    );
    expect(ids).toEqual([1, 4, 5, 6, 12]);
  });

  test('has its titles alone where there is no job', () => {
    expect(jobListLines([], 80)).toEqual(['Id  Name  Type  State  HasMoreData  Location  Command']);
    expect(jobListLines([], 80, { titles: false })).toEqual([]);
  });

  test('shows a percentage of a job that runs only', () => {
    const done = summaryOf({ progress: { percent: 100, text: '' } });
    expect(jobListLines([done], null)[1]).toContain(' Completed ');
  });

  test('shows the batch that a job is at', () => {
    const progress = { percent: 12.9, text: 'batch 2 of 5' };
    const [, line] = jobListLines([summaryOf({ state: 'Running', progress })], null);
    expect(line).toContain(' Running 12% (batch 2 of 5) ');
  });

  test('has states in colour where that is wanted, and the same text', () => {
    const lines = jobListLines(LIST, 80, { colour: true });
    expect(lines[1]).toContain('\u001B[32mCompleted\u001B[0m   False');
    expect(lines[2]).toContain(' Running 40% ');
    expect(lines[3]).toContain('\u001B[31mFailed\u001B[0m      False');
    const plain = lines.map((line) => line.replaceAll(/\u001B\[\d+m/gu, ''));
    expect(plain).toEqual(jobListLines(LIST, 80));
  });

  test('is safe text of one line a job, whatever a name or a command holds', () => {
    const hostile = 'a\u001B[2J\n\tb\u202E';
    const [, line] = jobListLines([summaryOf({ name: hostile, command: hostile })], null);
    expect(line).toContain('a^[[2J b<U+202E>  RemoteJob');
    expect(line?.endsWith('a^[[2J b<U+202E>')).toBe(true);
  });

  test('has no line longer than the terminal, and ids and states whole where there is any room', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 60 });
    const one = fc.record({ name: text, location: text, command: text, id: fc.nat(99_999) });
    fc.assert(
      fc.property(
        fc.array(one, { maxLength: 5 }),
        fc.integer({ min: 1, max: 140 }),
        (all, width) => {
          const jobs = all.map((fields) => summaryOf({ ...fields, state: 'Disconnected' }));
          const lines = jobListLines(jobs, width);
          for (const line of lines) expect(Array.from(line).length).toBeLessThanOrEqual(width);
          if (width < 60) return;
          for (const [index, { id }] of jobs.toSorted((a, b) => a.id - b.id).entries()) {
            expect(lines[index + 1]).toMatch(new RegExp(`^${id} .* Disconnected\\s+False`, 'u'));
          }
        },
      ),
    );
  });

  test('of 10,000 jobs, each on 1,000 hosts, is made in little time', () => {
    const location = Array.from({ length: 1000 }, (_, index) => `web${index}.example.com`).join(
      ',',
    );
    const jobs = Array.from({ length: 10_000 }, (_, index) =>
      summaryOf({ id: index + 1, location, progress: null, command: `echo ${index}` }),
    );
    jobListLines(jobs.slice(0, 500), 100);
    const begin = process.cpuUsage();
    expect(jobListLines(jobs, 100)).toHaveLength(10_001);
    const { user, system } = process.cpuUsage(begin);
    // 60 ms on a slow machine; ten times that is a mistake.
    expect((user + system) / 1000).toBeLessThan(600);
  });
});

describe('a list of jobs as JSON', () => {
  test('has children as ids, and as objects where their views are given; a child is an object', () => {
    const view: JobView = job([child('web1'), child('web2')]);
    const summary = { ...view, children: [2, 3] };
    expect(jobListJson([summary])).toEqual([{ ...jobToJson(view), children: [2, 3] }]);
    expect(jobListJson([view])).toEqual([jobToJson(view)]);
    expect(jobListJson([child('web1')])).toEqual([childToJson(child('web1'))]);
    expect(jobListJson([job([])])).toEqual([jobToJson(job([]))]);
  });

  test('has exactly the fields of a job', () => {
    const rerun = summaryOf({ rerunOf: 3, progress: { percent: 1, text: '' } });
    expect(Object.keys(jobListJson([rerun])[0] ?? {})).toEqual(Object.keys(jobToJson(job([]))));
    const asked = childOf({ item: 'x', question: { id: '1', text: 'what?', secret: true } });
    expect(Object.keys(jobListJson([asked])[0] ?? {})).toEqual(
      Object.keys(childToJson(child('web1'))),
    );
  });

  test('is one document, an empty list included', async () => {
    const [some, none] = [memory(), memory()];
    await writeJobList(some, LIST);
    expect(JSON.parse(some.text())).toEqual(jobListJson(LIST));
    expect(some.text().split('\n')).toHaveLength(LIST.length + 3);
    await writeJobList(none, []);
    expect(none.text()).toBe('[]\n');
  });
});
