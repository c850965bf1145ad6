import { describe, expect, test } from 'vitest';
import { Breaker, type Tripped } from '../../../src/controller/rollout/breaker.ts';
import type { FailureCode } from '../../../src/model/failure.ts';

/** Logins that finish one after another, with `left` targets beside them; what trips, and after how many of them. */
function logins(
  codes: readonly (FailureCode | null)[],
  left = 21,
): { readonly after: number; readonly tripped: Tripped } | null {
  const breaker = new Breaker<number>();
  for (const [child, code] of codes.entries()) {
    breaker.began(child);
    const tripped = breaker.ended(child, code, () => left);
    if (tripped !== null) return { after: child + 1, tripped };
  }
  return null;
}

function same(code: FailureCode | null, count: number): (FailureCode | null)[] {
  return Array.from({ length: count }, () => code);
}

describe('C25: the breaker', () => {
  test.each<FailureCode>(['auth-denied', 'host-key-unknown', 'refused', 'dns', 'jump-refused'])(
    'trips when the first 8 logins have all failed with %s',
    (code) => {
      expect(logins(same(code, 20))).toEqual({ after: 8, tripped: { logins: 8, code } });
    },
  );

  test.each([
    ['after 7 of them', same('auth-denied', 7), 21],
    [
      'where one of the first 8 succeeded',
      [...same('auth-denied', 7), null, ...same('auth-denied', 30)],
      21,
    ],
    ['where one of them failed otherwise', ['auth-partial', ...same('auth-denied', 30)], 21],
    ['where 20 targets are left', same('auth-denied', 30), 20],
    ['where failures come after successes', [null, ...same('auth-denied', 30)], 21],
  ] as const)('does not trip %s', (_, codes, left) => {
    expect(logins(codes, left)).toBeNull();
  });

  test('counts a child once, however often it logs in', () => {
    const breaker = new Breaker<number>();
    for (let round = 0; round < 30; round += 1) {
      expect(breaker.ended(1, 'refused', () => 100)).toBeNull();
    }
  });
});

describe('C25: while other logins are under way, the breaker', () => {
  /** Of ten that began together, eight have failed. */
  function eightOfTen(code: FailureCode): { breaker: Breaker<number>; tripped: Tripped | null } {
    const breaker = new Breaker<number>();
    for (let child = 0; child < 10; child += 1) breaker.began(child);
    let tripped: Tripped | null = null;
    for (let child = 0; child < 8; child += 1) tripped = breaker.ended(child, code, () => 50);
    return { breaker, tripped };
  }

  test('does not wait for them where more attempts could lock accounts', () => {
    expect(eightOfTen('auth-denied').tripped).toEqual({ logins: 8, code: 'auth-denied' });
  });

  test('waits for them where what fails fails quickly, and trips when they fail alike', () => {
    const { breaker, tripped } = eightOfTen('refused');
    expect(tripped).toBeNull();
    expect(breaker.ended(8, 'refused', () => 50)).toBeNull();
    expect(breaker.ended(9, 'refused', () => 50)).toEqual({ logins: 10, code: 'refused' });
  });

  test('is out of the way for good once one of them succeeds', () => {
    const { breaker } = eightOfTen('refused');
    expect(breaker.ended(8, null, () => 50)).toBeNull();
    expect(breaker.ended(9, 'refused', () => 50)).toBeNull();
  });

  test('does not wait for one that was stopped', () => {
    const { breaker } = eightOfTen('refused');
    expect(breaker.left(8)).toBeNull();
    expect(breaker.left(9)).toEqual({ logins: 8, code: 'refused' });
  });
});
