import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFleet, type Fleet } from '../fleet/sshd.ts';
import { eventsOf } from '../helpers/events.ts';
import { runMuster, said, startMuster } from '../helpers/run-muster.ts';

let fleet: Fleet;
let up: string;
let down: string;
beforeAll(async () => {
  fleet = await startFleet({ hosts: 2 });
  [up = ''] = fleet.addresses(1);
  down = up.replace(/\.\d+$/u, '.200');
});
afterAll(() => fleet.stop());

describe('check', () => {
  test('prints a row a host: online or not, how far it came, and why not', async () => {
    const result = await check('-w', `${up},${down}`);
    expect(result.code, said(result)).toBe(4);
    const [titles = '', first = '', second = ''] = result.text.trimEnd().split('\n');
    expect(titles).toMatch(/^Host +Online/u);
    expect(first).toMatch(new RegExp(`^${up} +yes +auth`, 'u'));
    expect(second).toMatch(new RegExp(`^${down} +no +resolve .*refused`, 'u'));
  });

  test('exits 0 where every host is online', async () => {
    expect((await check('-w', fleet.addresses(2).join(','))).code).toBe(0);
  });

  test.each(['resolve', 'tcp', 'ssh', 'auth'] as const)(
    '--until %s goes no further',
    async (step) => {
      const result = await check('-w', up, '--until', step, '-O', 'json');
      expect(result.code, said(result)).toBe(0);
      const steps = ['resolve', 'tcp', 'ssh', 'auth'];
      const taken = steps.slice(0, steps.indexOf(step) + 1);
      const job = result.job();
      expect(job.type).toBe('CheckJob');
      expect(job.children[0]).toMatchObject({
        check: { online: true, reached: step, address: up },
      });
      const { probes } = checkOf(job.children[0]);
      expect(probes).toHaveLength(1);
      const times = steps.filter((name) => probes[0]?.[`${name}Ms`] !== null);
      expect(times).toEqual(taken);
    },
  );

  test('short of a login, keys are not read', async () => {
    const missing = ['--identity', '/nowhere/id_ed25519'];
    expect((await check('-w', up, '--until', 'ssh', ...missing)).code).toBe(0);
    expect((await check('-w', up, '--until', 'auth', ...missing)).code).toBe(2);
  });

  test('--count probes so many times, --interval apart', async () => {
    const result = await check('-w', up, '--count', '3', '--interval', '0.2', '-O', 'json');
    const job = result.job();
    expect(checkOf(job.children[0]).probes).toHaveLength(3);
    expect(job.durationMs).toBeGreaterThanOrEqual(400);
  });

  test('--dry-run connects to nobody', async () => {
    const before = await fleet.log();
    const result = await check('-w', up, '--dry-run');
    expect(result.code, said(result)).toBe(0);
    expect(result.text).toContain(up);
    expect(await fleet.log()).toBe(before);
  });

  test('--watch goes on round after round until Ctrl-C, and exits 130', async () => {
    const muster = watch('-O', 'jsonl');
    await muster.line('stdout', /"event":"end".*"id":5,/u);
    muster.kill('SIGINT');
    const result = await muster.ended;
    expect(result.code, said(result)).toBe(130);
    const ends = eventsOf(result).filter(({ event }) => event === 'end');
    expect(ends.length).toBeGreaterThanOrEqual(3);
  });

  test('--watch appends its rounds where nothing can be redrawn', async () => {
    const muster = watch('-q');
    await muster.line('stdout', /^Host/u);
    await muster.line('stdout', new RegExp(`^${up} +yes`, 'u'));
    muster.kill('SIGTERM');
    const result = await muster.ended;
    expect(result.code, said(result)).toBe(143);
    expect(result.text).not.toContain('\u001B');
  });
});

function check(...args: readonly string[]): ReturnType<typeof runMuster> {
  return runMuster(['check', ...fleet.options, ...args]);
}

function watch(...options: readonly string[]): ReturnType<typeof startMuster> {
  const args = ['check', ...fleet.options, '-w', up, '--watch', '--interval', '0.1'];
  return startMuster([...args, ...options]);
}

interface CheckJson {
  readonly probes: readonly Readonly<Record<string, unknown>>[];
}

function checkOf(child: object | undefined): CheckJson {
  if (child !== undefined && 'check' in child && isCheck(child.check)) return child.check;
  throw new Error('this child has no check');
}

function isCheck(value: unknown): value is CheckJson {
  return (
    typeof value === 'object' && value !== null && 'probes' in value && Array.isArray(value.probes)
  );
}
