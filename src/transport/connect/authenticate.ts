import { DEADLINES } from '../../model/deadlines.ts';
import type { FailureError } from '../../model/failure.ts';
import { endpoint, fail, seconds } from '../failures.ts';
import type { Attempt } from './attempt.ts';
import type { Link } from './link.ts';
import type { Login } from './login.ts';

/** Logs in, with a deadline of its own: a slow directory service is no reason to call a host unreachable. */
export function authenticate(attempt: Attempt, link: Link, login: Login): Promise<void> {
  const { target } = attempt.request;
  attempt.limit(DEADLINES.authenticateMs);
  const expired = (waitedMs: number): FailureError =>
    fail(
      'auth-timeout',
      `${endpoint(target)} did not decide on the login of ${target.user} in ${seconds(waitedMs)}`,
    );
  return attempt.step<void>(expired, (done, failed) => {
    link.onEnd((error) => failed(login.broken(error)));
    link.client.once('change password', login.expired);
    link.client.once('ready', () => {
      login.close();
      done();
    });
    login.begin(failed);
  });
}
