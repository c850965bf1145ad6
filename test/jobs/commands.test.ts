import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  commandSpec,
  ConfigError,
  Controller,
  eachSpec,
  type Job,
  type JobView,
} from '../../src/index.ts';
import { startFleet, type Fleet } from '../fleet/sshd.ts';
import { eventually } from '../helpers/eventually.ts';
import { remoteProcesses } from '../helpers/processes.ts';
import { all, said, texts } from './support.ts';

let fleet: Fleet;
let controller: Controller;
/** Hosts to which nobody has logged in before. */
let fresh: string[];
/** Three that any test may use. */
let hosts: readonly string[];
beforeAll(async () => {
  fleet = await startFleet();
  [hosts, fresh] = [fleet.addresses(3), fleet.addresses(16).slice(4)];
  controller = new Controller({ access: fleet.access() });
});
afterAll(async () => {
  await controller.dispose();
  await fleet.stop();
});

describe('starting', () => {
  test('case 5: arguments keep their order, and each is one word', async () => {
    const job = await controller.startLocal(['sh', '-c', 'echo "$2"; echo "$1"', 'sh', 'A a', 'B']);
    await job.wait();
    expect(await said(job.receive())).toBe('B\nA a\n');
  });

  test('case 11: a kind of work that there is not is refused, and is no failed job', async () => {
    const before = await controller.jobs();
    const started = controller.start({ hosts: targets(1), work: { kind: 'run-as-32' } });
    await expect(started).rejects.toThrow(ConfigError);
    await expect(started).rejects.toThrow("no kind of work named 'run-as-32'");
    expect(await controller.jobs()).toHaveLength(before.length);
  });

  test('case 16: a script file is given its arguments in their order', async () => {
    const file = join(fleet.folder, 'two arguments.sh');
    writeFileSync(file, '#!/bin/sh\nprintf "%s\\n" "$1" "$2"\n');
    chmodSync(file, 0o755);
    const job = await controller.startLocal([file, 'one', 'two words']);
    await job.wait();
    expect(await said(job.receive())).toBe('one\ntwo words\n');
  });

  test('case 18: who watches for changes of state hears of them, and of nothing afterwards', async () => {
    const end = new AbortController();
    const seen: string[] = [];
    const watching = (async () => {
      for await (const { jobId, to } of controller.changes(end.signal)) seen.push(`${jobId} ${to}`);
    })();
    const job = await command(1, 'true');
    await job.wait();
    await eventually(() => seen.includes(`${job.id} Completed`));
    expect(seen.filter((line) => line.startsWith(`${job.id + 1} `))).toEqual([
      `${job.id + 1} Running`,
      `${job.id + 1} Completed`,
    ]);
    end.abort();
    await watching;
    const heard = seen.length;
    await (await command(1, 'true')).wait();
    expect(seen).toHaveLength(heard);
  });
});

describe('ten items as one job, five at a time,', () => {
  const items = ['10', '9', '8', '7', '6', '5', '4', '3', '2', '1'];
  let go: string;
  let job: Job;
  beforeAll(async () => {
    go = join(fleet.folder, 'go ten');
    job = await controller.start({
      hosts: items.map((_, index) => fleet.target(hosts[index % 3] ?? '')),
      work: eachSpec(`echo {}; until [ -e '${go}' ]; do sleep 0.1; done`),
      items,
      fanout: 5,
    });
  });

  test('case 80: the first five that say something are the first five', async () => {
    const view = await untilSaid(job, 5);
    expect(view.children.map(({ state }) => state)).toEqual([
      ...Array<string>(5).fill('Running'),
      ...Array<string>(5).fill('NotStarted'),
    ]);
    const first = (await said(job.receive({ keep: true }))).split('\n').filter(Boolean);
    expect(first.toSorted()).toEqual(items.slice(0, 5).toSorted());
  });

  test('case 50: it is among all jobs', async () => {
    expect((await controller.jobs()).map(({ id }) => id)).toContain(job.id);
  });

  test('case 40: there are ten results, every item among them', async () => {
    writeFileSync(go, '');
    expect(await job.wait()).toMatchObject({ state: 'Completed', counts: { completed: 10 } });
    const results = (await said(job.receive())).split('\n').filter(Boolean);
    expect(results.toSorted()).toEqual(items.toSorted());
  });
});

describe('what hosts say', () => {
  test('case 25: of four hosts, waited for with a limit, all results are there', async () => {
    const job = await command(4, 'echo "$SSH_CONNECTION" | cut -d" " -f3');
    const view = await job.wait({ signal: AbortSignal.timeout(15_000) });
    expect(view.state).toBe('Completed');
    expect((await said(job.receive())).trim().split('\n')).toEqual(fleet.addresses(4));
  });

  test('case 68: a line on stderr is one error record, and no failure', async () => {
    const job = await command(1, 'echo oops >&2');
    expect((await job.wait()).children[0]).toMatchObject({ state: 'Completed', failure: null });
    expect(await texts(job.receive())).toEqual(['error oops\n']);
  });

  test('case 72: progress has its percentage and its text, as a record and in the list', async () => {
    const job = await marked(hosts[0] ?? '', 'echo "::progress 40::half way"');
    expect((await job.wait()).children[0]?.progress).toEqual({ percent: 40, text: 'half way' });
    expect(await texts(job.receive())).toEqual(['progress 40% half way\n']);
  });

  test('case 74: debug text is exactly that text; the SSH conversation beside it says what it is', async () => {
    const job = await marked(fresh.shift() ?? '', 'echo ::debug::looking closer', 2);
    await job.wait();
    const records = await texts(job.receive({ streams: ['debug'] }));
    const [own, conversation] = [
      records.filter((line) => !line.startsWith('debug ssh: ')),
      records.filter((line) => line.startsWith('debug ssh: ')),
    ];
    expect(own).toEqual(['debug looking closer\n']);
    expect(conversation.length).toBeGreaterThan(10);
  });

  test('case 76: of the item that fails nothing comes after its failure; the others go on', async () => {
    const job = await controller.start({
      hosts: targets(3),
      work: eachSpec('echo before {}; [ {} != b ] || exit 4; echo after {}'),
      items: ['a', 'b', 'c'],
    });
    const view = await job.wait();
    expect(view.children.flatMap(({ failure }) => failure ?? [])).toMatchObject([
      { phase: 'run', code: 'exit-code', message: 'exit code 4' },
    ]);
    expect(await said(job.receive())).toBe('before a\nafter a\nbefore b\nbefore c\nafter c\n');
  });

  test('case 94: what a command writes to a file is in the file, and nothing is left to receive', async () => {
    const file = join(fleet.folder, 'written by the job');
    const job = await command(1, `echo hidden > '${file}'`);
    expect(await job.wait()).toMatchObject({ state: 'Completed', hasMoreData: false });
    expect(await all(job.receive())).toEqual([]);
    expect(readFileSync(file, 'utf8')).toBe('hidden\n');
  });

  test('case 95: a chain of commands is one job, and ends at the first that fails', async () => {
    const both = await command(1, 'echo a && echo b');
    expect((await both.wait()).state).toBe('Completed');
    expect(await said(both.receive())).toBe('a\nb\n');
    const first = await command(1, '(echo a; false) && echo b');
    expect((await first.wait()).children[0]).toMatchObject({ state: 'Failed', exitCode: 1 });
    expect(await said(first.receive())).toBe('a\n');
  });
});

describe('together', () => {
  test('case 81: two long commands, one at a time, and the time is over: one result, and the other never began', async () => {
    const over = new AbortController();
    const job = await controller.start({
      hosts: targets(2),
      command: 'echo early; sleep 60; echo late',
      fanout: 1,
      signal: over.signal,
    });
    await untilSaid(job, 1);
    over.abort();
    const view = await job.wait({ until: 'finished' });
    expect(view).toMatchObject({
      state: 'Stopped',
      children: [
        { state: 'Stopped', endConfirmed: true },
        { state: 'Stopped', begin: null, attempts: 0, bytes: { output: 0 } },
      ],
    });
    expect(await texts(job.receive())).toEqual(['output early\n']);
  });

  test('case 83: four items on one host, two at a time, log in once', async () => {
    const host = fresh.shift() ?? '';
    const log = join(fleet.folder, 'two at a time');
    const job = await controller.start({
      hosts: Array.from({ length: 4 }, () => fleet.target(host)),
      work: eachSpec(
        `echo + >> '${log}'; until [ $(grep -c + '${log}') -ge 2 ]; do sleep 0.05; done; echo - >> '${log}'`,
      ),
      items: ['1', '2', '3', '4'],
      fanout: 2,
    });
    expect((await job.wait()).state).toBe('Completed');
    let [running, most] = [0, 0];
    for (const line of readFileSync(log, 'utf8').trim().split('\n')) {
      running += line === '+' ? 1 : -1;
      most = Math.max(most, running);
    }
    expect(most).toBe(2);
    expect(await loginsTo(host)).toBe(1);
  });

  test('case 86: four jobs begun at once on one host all return, over one connection', async () => {
    const host = fresh.shift() ?? '';
    const jobs = await Promise.all(
      [1, 2, 3, 4].map((n) =>
        controller.start({ hosts: [fleet.target(host)], command: `echo "${n} $HOME"` }),
      ),
    );
    await Promise.all(jobs.map((job) => job.wait()));
    const home = join(fleet.folder, 'home');
    const answers = await Promise.all(jobs.map((job) => said(job.receive())));
    expect(answers).toEqual([1, 2, 3, 4].map((n) => `${n} ${home}\n`));
    expect(await loginsTo(host)).toBe(1);
  });

  test('case 112: a job that stands still is removed by force, and leaves no process', async () => {
    const marker = join(fleet.folder, 'never there');
    const job = await command(2, `echo begun; until [ -e '${marker}' ]; do sleep 0.1; done`);
    await untilSaid(job, 2);
    await job.suspend();
    expect((await job.view()).state).toBe('Suspended');
    await expect(job.remove()).rejects.toMatchObject({ code: 'job-state' });
    await job.remove({ force: true });
    await expect(job.view()).rejects.toMatchObject({ code: 'no-such-job' });
    expect(remoteProcesses(marker)).toEqual([]);
    expect(existsSync(marker)).toBe(false);
  });
});

describe('filters', () => {
  test('case 49: hold for jobs of every type; one that no job passes finds nothing, and is no error', async () => {
    const local = await controller.startLocal(['true'], { name: 'filtered local' });
    const thread = await controller.startThread(() => 1, { name: 'filtered thread' });
    const check = await command(1, 'true', 'filtered remote');
    await Promise.all([local, thread, check].map((job) => job.wait()));
    const terms = ['filtered*'];
    const ids = async (query: Parameters<Controller['find']>[0]): Promise<readonly number[]> =>
      (await controller.find(query)).jobs.map(({ id }) => id);
    expect(await ids({ terms, states: ['Completed'] })).toEqual([local.id, thread.id, check.id]);
    expect(await ids({ terms, hasMoreData: true })).toEqual([thread.id]);
    expect(await ids({ terms, newest: 1, hasMoreData: false })).toHaveLength(1);
    expect(await controller.find({ terms, states: ['Blocked'] })).toEqual({
      jobs: [],
      unmatched: [],
    });
  });
});

function targets(count: number): ReturnType<Fleet['target']>[] {
  return fleet.addresses(count).map((host) => fleet.target(host));
}

function command(count: number, text: string, name?: string): Promise<Job> {
  return controller.start({
    hosts: targets(count),
    command: text,
    ...(name === undefined ? {} : { name }),
  });
}

function marked(host: string, text: string, verbosity: 0 | 1 | 2 = 0): Promise<Job> {
  const work = commandSpec(text, { markers: true });
  return controller.start({ hosts: [fleet.target(host)], work, verbosity });
}

/** Waits until so many children have said something. */
function untilSaid(job: Job, count: number): Promise<JobView> {
  return eventually(
    async () => {
      const view = await job.view();
      return view.children.filter(({ bytes }) => bytes.output > 0).length >= count ? view : null;
    },
    { deadlineMs: 15_000 },
  );
}

async function loginsTo(host: string): Promise<number> {
  const line = new RegExp(`^Connection from .* on ${host.replaceAll('.', String.raw`\.`)} `, 'gmu');
  return (await fleet.log()).match(line)?.length ?? 0;
}
