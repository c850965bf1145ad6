import { expect, test } from 'vitest';
import { Secret } from '../../../src/base/secret.ts';
import { userAccess, type Access } from '../../../src/model/access.ts';
import { FailureError, FAILURE_PHASES, type FailureCode } from '../../../src/model/failure.ts';
import { FailedHops } from '../../../src/transport/jumps/failed-hops.ts';
import { systemClock } from '../../../src/base/clock.ts';

/** What the next job hears of a jump host that has failed so. */
function nextJobHears(code: FailureCode, password: Secret | null, next: Secret | null): boolean {
  const hops = new FailedHops(systemClock);
  const access = (secret: Secret | null): Access => {
    return { ...userAccess({ home: '/home/me', agent: null }), password: secret };
  };
  const phase = FAILURE_PHASES[code];
  const error = new FailureError({ phase, code, message: code, mayHaveRun: false, via: 'gate' });
  hops.add('gate', access(password), {}, {}, error);
  const job = access(next);
  hops.forget(job);
  return hops.unheard('gate', job, {}) !== null;
}

test('a jump host that refused a password is asked again once it is given anew', () => {
  const password = new Secret('wrong');
  expect(nextJobHears('auth-denied', password, password)).toBe(true);
  expect(nextJobHears('auth-denied', password, password.givenAgain())).toBe(false);
  expect(nextJobHears('auth-denied', null, null)).toBe(false);
  expect(nextJobHears('host-key-unknown', password, password)).toBe(false);
  expect(nextJobHears('refused', password, password)).toBe(false);
});
