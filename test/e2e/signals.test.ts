import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startFleet, type Fleet } from '../fleet/sshd.ts';
import { eventually } from '../helpers/eventually.ts';
import { describeProcess, remoteProcesses, signalProcess } from '../helpers/processes.ts';
import {
  said,
  startMuster,
  type MusterOptions,
  type MusterProcess,
} from '../helpers/run-muster.ts';

let fleet: Fleet;
/** In the environment of what runs on the hosts. */
const marker = randomUUID();
beforeAll(async () => {
  fleet = await startFleet({ hosts: 3 });
});
afterEach(() => {
  for (const { pid } of remoteProcesses(marker)) signalProcess(pid, 'SIGKILL');
});
afterAll(() => fleet.stop());

describe('signals', { timeout: 60_000 }, () => {
  test.each([
    ['SIGINT', 'Ctrl-C', 130],
    ['SIGHUP', 'SIGHUP', 129],
    ['SIGTERM', 'SIGTERM', 143],
  ] as const)(
    '%s says what is being stopped, stops it, and leaves nothing',
    async (signal, name, code) => {
      const muster = start(['-f', '2'], SLEEPING);
      await begun(muster, 2);
      muster.kill(signal);
      const result = await muster.ended;
      expect(result.code, said(result)).toBe(code);
      expect(left()).toEqual([]);
      expect(result.errorText).toContain(
        `muster: ${name}: stopping 3 hosts (2 running, 1 queued); again to leave\n`,
      );
      expect(result.errorText).toMatch(/stopped +2 .*\nstopped +1 .*not started/u);
    },
  );

  test('a second Ctrl-C leaves at once, also while nobody reads what is printed', async () => {
    const muster = start(['-f', '1'], STUBBORN);
    await begun(muster, 1);
    muster.kill('SIGINT');
    await muster.line('stderr', /stopping 3 hosts/u);
    const second = performance.now();
    muster.kill('SIGINT');
    const result = await muster.ended;
    expect(performance.now() - second).toBeLessThan(1500);
    expect(result.code, said(result)).toBe(130);
    const [first = ''] = fleet.addresses(1);
    expect(result.errorText).toContain(
      `left at once; not confirmed to have ended on ${first} (1)\n`,
    );
  });

  test('Ctrl-C ends a run whose command reads our standard input', async () => {
    const muster = start(['--stdin', '-'], `cat; exec ${SLEEPING}`, {
      input: 'begun\n',
      keepInputOpen: true,
    });
    await Promise.all(
      fleet.addresses(3).map((host) => muster.line('stdout', new RegExp(`^${host}: begun`, 'u'))),
    );
    muster.kill('SIGINT');
    const result = await muster.ended;
    expect(result.code, said(result)).toBe(130);
    await eventually(() => left().length === 0);
  });
});

function start(
  options: readonly string[],
  command: string,
  settings: MusterOptions = {},
): MusterProcess {
  const hosts = fleet.addresses(3).join(',');
  return startMuster(['run', ...fleet.options, '-w', hosts, ...options, '--', command], {
    deadlineMs: 60_000,
    ...settings,
  });
}

/** So many commands run on the hosts. */
async function begun(muster: MusterProcess, count: number): Promise<void> {
  await Promise.all(
    fleet.addresses(count).map((host) => muster.line('stdout', new RegExp(`^${host}: on`, 'u'))),
  );
}

function left(): readonly string[] {
  return remoteProcesses(marker).map(describeProcess);
}

const SLEEPING = `env MARK=${marker} sh -c 'echo on; sleep 300; :'`;
const STUBBORN = `export MARK=${marker}; trap '' TERM HUP INT; echo on; sleep 300; sleep 300`;
