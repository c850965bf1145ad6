import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { availableParallelism, hostname, release, totalmem, uptime } from 'node:os';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { background } from '../helpers/background.ts';
import { startFleet, type Fleet } from '../fleet/sshd.ts';
import { runMuster, said } from '../helpers/run-muster.ts';

/** As the package has it. */
const SCHEMA = join(import.meta.dirname, '../../dist/facts.schema.json');
const NUMBER: unknown = expect.any(Number);
const SIZED: unknown = expect.objectContaining({ total: NUMBER, free: NUMBER });
const LOOPBACK: unknown = expect.objectContaining({ address: '127.0.0.1', family: 'ipv4' });
let fleet: Fleet;
let hosts: readonly string[];
let one: string;
beforeAll(async () => {
  // The last one's login shell answers for itself, whatever it is asked.
  const rude = 'Match LocalAddress 127.*.*.3';
  fleet = await startFleet({ hosts: 3, config: [rude, 'ForceCommand echo no facts here'] });
  hosts = fleet.addresses(3);
  [one = ''] = hosts;
});
afterAll(() => fleet.stop());

function facts(...args: readonly string[]): ReturnType<typeof runMuster> {
  return runMuster(['facts', ...fleet.options, ...args]);
}

function factsOf(child: object | undefined): Readonly<Record<string, unknown>> {
  if (child !== undefined && 'facts' in child && isObject(child.facts)) return child.facts;
  throw new Error('this child has no facts');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

describe('facts', () => {
  test('gives what is so, with a child a host, as JSON', async () => {
    const result = await facts('-w', hosts.slice(0, 2).join(','), '-O', 'json');
    expect(result.code, said(result)).toBe(0);
    const job = result.job();
    expect([job.type, job.children.length]).toEqual(['FactsJob', 2]);
    const all = factsOf(job.children[0]);
    const id = /^ID="?([^"\n]+)/mu.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
    expect(all).toMatchObject({
      os: { id, family: 'linux' },
      kernel: { release: release() },
      hostname: hostname(),
      cpu: { count: availableParallelism() },
      memory: { total: totalmem() },
    });
    expect(Math.abs(Number(all['uptime']) - uptime())).toBeLessThan(60);
    expect(isObject(all['time']) && Math.abs(Number(all['time']['offset']))).toBeLessThan(2);
    expect(all['disks']).toContainEqual(SIZED);
    expect(all['addresses']).toContainEqual(LOOPBACK);
    expect(all['packages']).toMatchObject({ updates: null });
    const schema: unknown = JSON.parse(readFileSync(SCHEMA, 'utf8'));
    const validate = new Ajv2020({ validateFormats: false })
      .addKeyword('unit')
      .compile(Object(schema));
    expect([validate(all), validate.errors]).toEqual([true, null]);
  });

  test('prints a row a host, of what tells most', async () => {
    const result = await facts('-w', one);
    expect(result.code, said(result)).toBe(0);
    const [titles = '', first = ''] = result.text.trimEnd().split('\n');
    expect(titles).toMatch(/^Host +OS +Kernel +CPUs +Memory +Disk +Up +Reboot$/u);
    expect(first).toContain(release());
    expect(first).toMatch(/ \d+% \//u);
  });

  test('--columns chooses them, in their order', async () => {
    const result = await facts('-w', one, '--columns', 'cpu.count,hostname', '--columns=os.family');
    const [titles = '', first = ''] = result.text.trimEnd().split('\n');
    expect(titles.split(/ +/u).slice(0, 4)).toEqual(['Host', 'CPUs', 'Hostname', 'Family']);
    expect(first.trim().split(/ +/u)).toEqual([
      one,
      String(availableParallelism()),
      hostname(),
      'linux',
    ]);
  });

  test('a column that is none is an error, with the near miss, and no host is asked', async () => {
    const before = await fleet.log();
    const result = await facts('-w', one, '--columns', 'memory.fre');
    expect([result.code, result.errorText]).toEqual([
      2,
      'muster: --columns: there is no fact "memory.fre"\nhint: did you mean memory.free?\n',
    ]);
    expect(await fleet.log()).toBe(before);
    expect((await facts('-w', one, '--columns', 'os.id', '-O', 'json')).code).toBe(2);
    expect((await facts('-w', one, 'uname')).errorText).toContain('facts runs no command: "uname"');
  });

  test('a host that tells nothing has failed, and the others have not', async () => {
    const result = await facts('-w', hosts.join(','), '-O', 'json');
    expect(result.code, said(result)).toBe(1);
    const { children } = result.job();
    expect(children.map(({ state }) => state)).toEqual(['Completed', 'Completed', 'Failed']);
    expect(children[2]?.failure).toMatchObject({ phase: 'run', code: 'no-status' });
    const table = await facts('-w', hosts.join(','));
    expect(table.text.split('\n')[3]).toMatch(
      new RegExp(`^${hosts[2]} +the host has not told its facts`, 'u'),
    );
  });

  test('--updates asks for what may be newer, too', async () => {
    const result = await facts('-w', one, '--updates', '-O', 'json');
    const { packages } = factsOf(result.job().children[0]);
    expect(packages).toMatchObject({ manager: 'apt', updates: NUMBER });
  });

  test('in the background it is a job whose table is received', async () => {
    const bg = background();
    try {
      const started = await bg.muster(['facts', ...fleet.options, '-w', one, '--as-job']);
      expect(started.text).toContain(' FactsJob ');
      await bg.muster(['wait', '*']);
      const received = await bg.muster(['receive', '*', '-O', 'table']);
      expect(received.text).toMatch(/^Host +OS +Kernel/u);
    } finally {
      await bg.close();
    }
  });
});
