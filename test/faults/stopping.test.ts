import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Controller } from '../../src/index.ts';
import { startFleet, type Fleet } from '../fleet/sshd.ts';
import { endOf, eventsOf, hasSaid } from '../helpers/events.ts';
import { eventually } from '../helpers/eventually.ts';
import { describeProcess, remoteProcesses, signalProcess } from '../helpers/processes.ts';
import {
  runMuster,
  said,
  startMuster,
  type MusterProcess,
  type MusterResult,
} from '../helpers/run-muster.ts';
import { expectSafeLine } from './abc.ts';
import { holdInvariants, watched } from './invariants/hold.ts';

holdInvariants();

let fleet: Fleet;
let plain: Fleet;
/** In the arguments of every command of these tests: what is found with it on the "hosts" is theirs. */
const marker = `60.${process.pid}26`;
/** Of those that begin before the tests: they are ended by nobody but muster. */
const EARLY = `61.${process.pid}26`;
const STUBBORN = `62.${process.pid}26`;
beforeAll(async () => {
  [fleet, plain] = await Promise.all([
    startFleet({ hosts: 8 }),
    startFleet({ hosts: 8, user: 'plain' }),
  ]);
});
afterEach(() => {
  for (const { pid } of remoteProcesses(marker)) signalProcess(pid, 'SIGKILL');
});
afterAll(async () => {
  for (const early of [EARLY, STUBBORN])
    for (const { pid } of remoteProcesses(early)) signalProcess(pid, 'SIGKILL');
  await fleet.stop();
  await plain.stop();
});

function left(): readonly string[] {
  return remoteProcesses(marker).map(describeProcess);
}

function run(on: Fleet, hosts: readonly string[], ...more: readonly string[]): string[] {
  return ['run', '-w', hosts.join(','), ...on.options, ...more];
}

/** What a command may leave behind, where only its shell is ended. */
const COMMANDS = {
  'a command': `echo begun; sleep ${marker}`,
  'a command in the shell’s place': `echo begun; exec sleep ${marker}`,
  'a pipeline': `echo begun; sleep ${marker} | sleep ${marker}`,
  'a background child': `echo begun; sleep ${marker} & sleep ${marker}`,
  'a background child, with the shell gone': `echo begun; (sleep ${marker} & sleep ${marker} &) ; sleep ${marker}`,
  'a session of its own': `echo begun; setsid sleep ${marker} & sleep ${marker}`,
  'a child that ignores HUP': `echo begun; nohup sleep ${marker} >/dev/null 2>&1 & sleep ${marker}`,
};

/** Each host has a command of its own. */
function each(hosts: readonly string[], commands: readonly string[]): string {
  const cases = commands.map((command, at) => `*" ${hosts[at] ?? ''} "*) ${command};;`);
  return `case "$SSH_CONNECTION" in ${cases.join(' ')} esac`;
}

describe('F26 run deadline', () => {
  const limited = ['-O', 'json', '-u', '1', '--'];
  const commands = Object.values(COMMANDS).map((command) => command.replaceAll(marker, EARLY));
  let results: readonly MusterResult[];
  let leftOf: readonly string[];
  let stubborn: MusterProcess;
  beforeAll(async () => {
    // It takes its time, and the others need not wait for it.
    const ignores = `trap "" TERM; echo begun; sleep ${STUBBORN}; sleep ${STUBBORN}`;
    stubborn = startMuster(run(fleet, fleet.addresses(8).slice(7), ...limited, ignores));
    results = await Promise.all(
      [fleet, plain].map((on) => {
        const hosts = on.addresses(commands.length);
        return runMuster(run(on, hosts, ...limited, each(hosts, commands)));
      }),
    );
    leftOf = remoteProcesses(EARLY).map(describeProcess);
  });

  test.each(Object.keys(COMMANDS).map((what, at) => ({ what, at })))(
    'F26 run deadline: nothing is left of $what',
    ({ at }) => {
      expect(leftOf).toEqual([]);
      for (const result of results) {
        const child = result.job().children[at];
        expect(child, said(result)).toMatchObject({
          state: 'Failed',
          exitCode: null,
          output: 'begun\n',
          failure: { phase: 'run', code: 'timeout', mayHaveRun: true },
        });
        expect(child?.failure?.message).toMatch(/\b1 s/u);
        expect(child?.failure?.message).not.toMatch(/not confirmed/iu);
        expectSafeLine(child?.failure?.message ?? '');
        expect(child?.durationMs).toBeGreaterThan(1_000);
        // Nobody had to wait for the end of a grace period.
        expect(child?.durationMs).toBeLessThan(5_500);
        expect([result.job().state, result.code]).toEqual(['Failed', 124]);
      }
    },
  );

  test('F26 run deadline: who ignores TERM is killed when its grace is over', async () => {
    const result = await stubborn.ended;
    expect(remoteProcesses(STUBBORN).map(describeProcess)).toEqual([]);
    const [child] = result.job().children;
    expect(child?.failure?.code).toBe('timeout');
    expect(child?.durationMs).toBeGreaterThan(5_500);
    expect(child?.durationMs).toBeLessThan(9_500);
    expect(result.code).toBe(124);
  });

  test('F26 run deadline: also after the command’s input has ended', async () => {
    const command = `cat; echo begun; sleep ${marker}`;
    const result = await runMuster(
      run(plain, plain.addresses(1), '-O', 'json', '-u', '1', '--stdin', '-', '--', command),
      { input: 'input\n' },
    );
    expect(left()).toEqual([]);
    expect(result.job().children[0]).toMatchObject({
      output: 'input\nbegun\n',
      failure: { code: 'timeout' },
    });
  });

  test('F26 run deadline: the hosts that are in time are not touched', async () => {
    const [slow = '', quick = ''] = fleet.addresses(2);
    const command = `case "$SSH_CONNECTION" in *" ${slow} "*) sleep ${marker};; *) echo fine;; esac`;
    const result = await runMuster(
      run(fleet, [slow, quick], '-O', 'json', '-u', '1', '--', command),
    );
    expect(result.job().children).toMatchObject([
      { state: 'Failed', failure: { code: 'timeout' } },
      { state: 'Completed', output: 'fine\n' },
    ]);
    expect(result.code).toBe(124);
  });
});

test('F27 stop while running', async () => {
  await using controller = watched(new Controller({ access: fleet.access() }));
  const hosts = fleet.addresses(3).map((address) => fleet.target(address));
  const job = await controller.start({ hosts, command: `echo begun; sleep ${marker}` });
  await eventually(async () => {
    const { children } = await job.view();
    return children.every(({ bytes }) => bytes.output === 6);
  });
  const began = performance.now();
  await job.stop();
  expect(performance.now() - began).toBeLessThan(2_000);
  expect(left()).toEqual([]);
  const view = await job.view();
  expect(view.state).toBe('Stopped');
  for (const child of view.children) {
    expect(child).toMatchObject({ state: 'Stopped', endConfirmed: true, failure: null });
    expect(child.statusMessage).toMatch(/stopped by the program/u);
  }
  let output = '';
  for await (const record of job.receive()) output += Buffer.from(record.data).toString();
  expect(output).toBe('begun\n'.repeat(3));
});

test('F28 stop while queued', async () => {
  const own = await startFleet({ hosts: 2 });
  try {
    const [first = '', second = ''] = own.addresses(2);
    const muster = startMuster(
      run(own, [first, second], '-f', '1', '-O', 'jsonl', '--', `echo begun; sleep ${marker}`),
    );
    await hasSaid(muster, first, 'begun');
    muster.kill('SIGINT');
    const result = await muster.ended;
    const job = endOf(result);
    expect(job.state).toBe('Stopped');
    expect(job.children).toMatchObject([
      { state: 'Stopped', attempts: 1 },
      { state: 'Stopped', attempts: 0, begin: null },
    ]);
    expect(job.children[1]?.statusMessage).toMatch(/not started/u);
    expect((await own.log()).match(/Connection from/gu)).toHaveLength(1);
    expect(result.code).toBe(130);
  } finally {
    await own.stop();
  }
});

describe('F42 Ctrl-C', () => {
  test.each([
    { signal: 'SIGINT', code: 130 },
    { signal: 'SIGTERM', code: 143 },
    { signal: 'SIGHUP', code: 129 },
  ] as const)('F42 $signal once: queued ones at once, running ones by the ladder', async (row) => {
    const hosts = fleet.addresses(4);
    const muster = startMuster(
      run(fleet, hosts, '-f', '2', '-O', 'jsonl', '--', COMMANDS['a background child']),
    );
    await Promise.all(hosts.slice(0, 2).map((host) => hasSaid(muster, host, 'begun')));
    muster.kill(row.signal);
    const result = await muster.ended;
    expect(left()).toEqual([]);
    const job = endOf(result);
    expect(job.state).toBe('Stopped');
    expect(job.counts).toMatchObject({ stopped: 4, total: 4 });
    expect(job.children.map(({ attempts }) => attempts)).toEqual([1, 1, 0, 0]);
    expect(job.children.map(({ bytes }) => bytes.output)).toEqual([6, 6, 0, 0]);
    // The queued ones did not wait for the running ones.
    const ends = eventsOf(result)
      .filter(({ event, to }) => event === 'state' && to === 'Stopped')
      .map(({ host }) => host);
    expect(new Set(ends.slice(0, 2))).toEqual(new Set(hosts.slice(2)));
    expect([result.code, result.signal]).toEqual([row.code, null]);
  });

  test('F42 Ctrl-C twice: leaves at once, and names the hosts that are not confirmed', async () => {
    const hosts = fleet.addresses(2);
    const muster = startMuster(
      run(fleet, hosts, '--', `trap "" TERM HUP INT; echo begun; sleep ${marker}; sleep ${marker}`),
    );
    await Promise.all(
      hosts.map((host) => muster.line('stdout', new RegExp(`${host}: begun`, 'u'))),
    );
    muster.kill('SIGINT');
    // It says that it is stopping, and takes the second one for what it is.
    await muster.line('stderr', /Ctrl-C|stopping/iu);
    const second = performance.now();
    muster.kill('SIGINT');
    const result = await muster.ended;
    expect(performance.now() - second).toBeLessThan(1_500);
    expect(result.code, said(result)).toBe(130);
    for (const host of hosts) expect(result.text).toContain(`${host}: begun\n`);
    const { errorText } = result;
    expect(errorText).toMatch(/not confirmed/iu);
    const network = hosts[0]?.slice(0, hosts[0].lastIndexOf('.')) ?? '';
    expect(errorText).toContain(`${network}.[1-2]`);
  });
});
