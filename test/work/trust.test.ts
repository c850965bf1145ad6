import { describe, expect, test } from 'vitest';
import { systemClock, type Clock } from '../../src/base/clock.ts';
import { FailureError, type FailureCode } from '../../src/model/failure.ts';
import type { OfferedHostKey } from '../../src/model/ports/transport.ts';
import type { WorkContext } from '../../src/model/ports/work.ts';
import { localTarget } from '../../src/model/target.ts';
import { builtInKinds, trustSpec } from '../../src/work/kinds.ts';
import { trustKind } from '../../src/work/trust.ts';
import { doWork, GONE, type Doing } from './rig.ts';

const KEY: OfferedHostKey = { type: 'ssh-ed25519', fingerprint: 'SHA256:abc', key: 'AAAA' };

/** Waits are over a hundred times as soon. */
const hurried: Clock = {
  ...systemClock,
  after: (ms, task) => systemClock.after(ms / 100, task),
};

/** The host fails so often with this, then shows its key. */
function trust(
  code: FailureCode,
  times: number,
  options: Partial<WorkContext> = {},
): Doing & { readonly asked: () => number } {
  let asked = 0;
  const failure = {
    phase: 'handshake',
    code,
    message: 'no',
    mayHaveRun: false,
    via: null,
  } as const;
  const doing = doWork(trustKind, trustSpec(), {
    target: localTarget('nobody'),
    clock: hurried,
    hostKeys: () => {
      asked += 1;
      return asked > times ? Promise.resolve([KEY]) : Promise.reject(new FailureError(failure));
    },
    ...options,
  });
  return { ...doing, asked: () => asked };
}

describe('the host keys of a target', () => {
  test('are what the work reports: it decides nothing, and logs in nowhere', async () => {
    const doing = trust('refused', 0);
    expect(await doing.end).toEqual({ kind: 'done' });
    expect(doing.data()).toEqual({ trust: { keys: [{ ...KEY, certificate: null }] } });
    expect(builtInKinds).toContain(trustKind);
    expect(trustKind.logsIn?.(trustSpec())).toBe(false);
  });

  test('are asked for again where the server turns connections away for now', async () => {
    const doing = trust('target-busy', 3);
    expect(await doing.end).toEqual({ kind: 'done' });
    expect(doing.asked()).toBe(4);
  });

  test.each<[FailureCode, number]>([
    ['target-busy', 6],
    ['refused', 1],
  ])('fail with %s after asking %i times', async (code, times) => {
    const doing = trust(code, 99);
    await expect(doing.end).rejects.toMatchObject({ failure: { code } });
    expect(doing.asked()).toBe(times);
  });

  test('are no longer asked for when the work is stopped', async () => {
    const doing = trust('target-busy', 99, { clock: systemClock });
    const { end } = await doing.stop();
    expect(end).toEqual(GONE);
  });
});
