import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFleet, type Fleet } from '../fleet/sshd.ts';
import { background, type Background } from '../helpers/background.ts';
import { eventually } from '../helpers/eventually.ts';
import { processInfo, remoteProcesses, signalProcess } from '../helpers/processes.ts';
import { runMuster, said, startMuster } from '../helpers/run-muster.ts';

let fleet: Fleet;
let bg: Background;
let one: string;
let other: string;
beforeAll(async () => {
  fleet = await startFleet({ hosts: 2 });
  [one = '', other = ''] = fleet.addresses(2);
  bg = background();
});
afterAll(async () => {
  await bg.close();
  await fleet.stop();
});

/** Counts up to 40 on both streams, and ends with 3: in pieces, over about two seconds. */
const COUNTING =
  'i=0; while [ $i -lt 40 ]; do i=$((i+1)); echo "out $i"; echo "err $i" >&2; sleep 0.05; done; exit 3';
const NUMBERS = Array.from({ length: 40 }, (_, index) => index + 1);
const OUTPUT = NUMBERS.map((n) => `out ${n}\n`).join('');

function cutAll(): void {
  for (const pid of fleet.connectionPids()) signalProcess(pid, 'SIGKILL');
}

/** What the hosts keep of durable commands. */
function kept(): readonly string[] {
  const folder = join(fleet.folder, 'home', '.local/state/muster/durable');
  try {
    return readdirSync(folder);
  } catch {
    // There never was any.
    return [];
  }
}

describe('a durable run', { timeout: 60_000 }, () => {
  test('is gone on with from the byte that was there last, however often its connection is cut', async () => {
    const [begun, enough] = [join(fleet.folder, 'has-begun'), join(fleet.folder, 'enough')];
    const running = startMuster(
      [
        'run',
        '--durable',
        ...fleet.options,
        '-w',
        one,
        '-O',
        'json',
        '--',
        `i=0; : >${begun}; until [ -e ${enough} ]; do i=$((i+1)); echo "out $i"; echo "err $i" >&2; sleep 0.02; done; exit 3`,
      ],
      { deadlineMs: 50_000 },
    );
    await eventually(() => existsSync(begun), { deadlineMs: 20_000 });
    for (let cuts = 0; cuts < 3; cuts += 1) {
      await eventually(() => fleet.connectionPids().length > 0, { deadlineMs: 20_000 });
      cutAll();
      await eventually(() => fleet.connectionPids().length === 0, { deadlineMs: 20_000 });
    }
    writeFileSync(enough, '');
    const result = await running.ended;
    const [child] = result.job().children;
    expect([result.code, child?.exitCode, child?.state], said(result)).toEqual([1, 3, 'Failed']);
    const lines = child?.output?.split('\n').filter(Boolean) ?? [];
    expect(lines).toEqual(lines.map((_, index) => `out ${index + 1}`));
    expect(child?.error).toBe(child?.output?.replaceAll('out', 'err'));
    expect(child?.attempts).toBeGreaterThanOrEqual(3);
    expect(kept()).toEqual([]);
  });

  test('tells who looks on of the loss of contact, and that it is there again', async () => {
    const running = startMuster([
      'run',
      '--durable',
      ...fleet.options,
      '-w',
      one,
      '--',
      'echo begun; sleep 2; echo done',
    ]);
    await running.line('stdout', /begun/u);
    cutAll();
    const { code, text, errorText } = await running.ended;
    expect([code, text]).toEqual([0, `${one}: begun\n${one}: done\n`]);
    expect(errorText).toContain(`muster: ${one}: disconnected`);
    expect(errorText).toContain(`muster: ${one}: connected again\n`);
  });

  test('is stopped with all that descends from it, and leaves nothing', async () => {
    const stopped = await runMuster([
      'run',
      '--durable',
      ...fleet.options,
      '-w',
      one,
      '-u',
      '0.5',
      '-O',
      'json',
      '--',
      'trap "" TERM; setsid sleep 3471 & sleep 3471 & sleep 3471',
    ]);
    expect(stopped.code).toBe(124);
    expect(processesOf('sleep 3471')).toEqual([]);
    expect(stopped.job().children[0]?.statusMessage ?? '').not.toContain('not confirmed');
  });
});

describe('a durable job in the background', { timeout: 60_000 }, () => {
  test('is found again after its controller was killed, with its ids, and loses and repeats no byte', async () => {
    const job = await bg.job([
      'start',
      '--durable',
      ...fleet.options,
      '-w',
      `${one},${other}`,
      '--name',
      'count',
      '-O',
      'json',
      '--',
      COUNTING,
    ]);
    await eventually(async () => ((await bg.look(job.id)).children[0]?.bytes.output ?? 0) > 0);
    const first = await bg.muster(['receive', `${job.id}`, '-N']);
    const pid = (await bg.pid()) ?? 0;
    signalProcess(pid, 'SIGKILL');
    await eventually(() => processInfo(pid) === null);
    expect((await bg.muster(['controller', 'start'])).code).toBe(0);
    const again = await bg.look(job.id);
    expect([again.instanceId, again.name]).toEqual([job.instanceId, 'count']);
    const rest = await bg.muster(['receive', `${job.id}`, '--wait', '-N'], { deadlineMs: 40_000 });
    expect(rest.code).toBe(1);
    const lines = (text: string): readonly string[] => text.split('\n').filter(Boolean).toSorted();
    expect(lines(first.text + rest.text)).toEqual(lines(OUTPUT + OUTPUT));
    await eventually(() => kept().length === 0, { what: 'the hosts to forget it' });
    await bg.muster(['remove', `${job.id}`]);
  });

  test('a job that is not durable is Failed then, lost, and what waited is Suspended; nothing is sent twice', async () => {
    const marker = join(fleet.folder, 'begun');
    const seconds = `20.${process.pid}`;
    const job = await bg.job([
      'start',
      ...fleet.options,
      '-w',
      `${one},${other}`,
      '--fanout',
      '1',
      '-O',
      'json',
      '--',
      `echo x >>${marker}; exec sleep ${seconds}`,
    ]);
    await eventually(() => readFileSync(marker, 'utf8') === 'x\n');
    const pid = (await bg.pid()) ?? 0;
    signalProcess(pid, 'SIGKILL');
    await eventually(() => processInfo(pid) === null);
    await bg.muster(['controller', 'start']);
    const { children, state } = await bg.look(job.id);
    expect(state).toBe('Suspended');
    expect(children.map((child) => [child.state, child.failure?.code ?? null])).toEqual([
      ['Failed', 'lost'],
      ['Suspended', null],
    ]);
    expect(children[0]?.failure?.mayHaveRun).toBe(true);
    expect((await bg.muster(['resume', `${job.id}`])).code).toBe(0);
    await eventually(() => readFileSync(marker, 'utf8') === 'x\nx\n');
    expect((await bg.muster(['stop', `${job.id}`])).code).toBe(0);
    await bg.muster(['remove', `${job.id}`]);
    // The first may run still, as is said of it.
    for (const { pid: left } of remoteProcesses(seconds)) signalProcess(left, 'SIGKILL');
  });

  test('a wait for one with which contact is lost ends with 5, and is over once it is there again', async () => {
    const gate = join(fleet.folder, 'wait-gate');
    const command = `echo one; until [ -e ${gate} ]; do sleep 0.05; done; exit 3`;
    const words = ['start', '--durable', ...fleet.options, '-w', one, '-O', 'json', '--'];
    const { id } = await bg.job([...words, command]);
    await eventually(async () => ((await bg.look(id)).children[0]?.bytes.output ?? 0) > 0);
    // Nobody is let in meanwhile.
    signalProcess(fleet.pid, 'SIGSTOP');
    cutAll();
    const waits = [['wait'], ['receive', '--wait', '-q']].map(async ([verb = '', ...options]) => {
      const { code } = await bg.muster([verb, `${id}`, ...options]);
      return code;
    });
    expect(await Promise.all(waits)).toEqual([5, 5]);
    signalProcess(fleet.pid, 'SIGCONT');
    writeFileSync(gate, '');
    expect((await bg.muster(['wait', `${id}`, '--force'])).code).toBe(1);
    await bg.muster(['remove', `${id}`]);
  });

  test('a run whose client goes away is stopped by its controller, and leaves nothing on its host', async () => {
    const words = ['run', '--durable', '--controller', 'always', ...fleet.options, '-w', one, '--'];
    const running = bg.begin([...words, 'echo begun; exec sleep 3472']);
    await running.line('stdout', /begun/u);
    running.kill('SIGKILL');
    await running.ended;
    await eventually(() => processesOf('sleep 3472').length === 0, { what: 'its end' });
    await eventually(() => kept().length === 0, { what: 'the host to forget it' });
  });

  test('stays on its hosts when its controller is asked to leave it', async () => {
    const gate = join(fleet.folder, 'detach-gate');
    const job = await bg.job([
      'start',
      '--durable',
      ...fleet.options,
      '-w',
      one,
      '-O',
      'json',
      '--',
      `until [ -e ${gate} ]; do sleep 0.05; done; echo done`,
    ]);
    await eventually(async () => (await bg.look(job.id)).state === 'Running');
    const refused = await bg.muster(['controller', 'stop']);
    expect([refused.code, refused.errorText]).toEqual([2, expect.stringContaining('--detach')]);
    expect((await bg.muster(['controller', 'stop', '--detach'])).code).toBe(0);
    const received = await bg.muster(['controller', 'start']);
    expect(received.code).toBe(0);
    writeFileSync(gate, '');
    // Until it is come back to, a wait is over at once.
    await bg.muster(['wait', `${job.id}`, '--force']);
    const rest = await bg.muster(['receive', `${job.id}`, '--wait', '-N']);
    expect([rest.code, rest.text], said(rest)).toEqual([0, 'done\n']);
  });
});

function processesOf(line: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim() === line;
      } catch {
        // Gone meanwhile.
        return false;
      }
    });
}
