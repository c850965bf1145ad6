import { expect, test } from 'vitest';
import { userAccess } from '../src/model/access.ts';
import { NO_ROLLOUT } from '../src/model/rollout.ts';
import { definitionOf, type StartRequest } from '../src/start-request.ts';

const access = userAccess({ home: '/nowhere', agent: null });

function request(changes: Partial<StartRequest>): StartRequest {
  return { hosts: 'a[1-3]', command: 'uptime', ...changes };
}

test('a request without a rollout does everything at once', async () => {
  const made = await definitionOf(request({}), access);
  expect([made.rollout, made.retryDelayMs]).toEqual([NO_ROLLOUT, null]);
});

test('what a request says of its rollout stands beside the defaults, and undefined hides none of them', async () => {
  const batches = [{ kind: 'percent', percent: 50 }] as const;
  const made = await definitionOf(
    request({ rollout: { batches, pauseMs: 100 }, retries: 2, retryDelayMs: 500 }),
    access,
  );
  expect(made).toMatchObject({
    rollout: { ...NO_ROLLOUT, batches, pauseMs: 100 },
    retries: 2,
    retryDelayMs: 500,
  });
  // A program in JavaScript may write down what it has not.
  const loose: object = { kill: undefined, splayMs: undefined };
  const again = await definitionOf(request({ rollout: loose }), access);
  expect(again.rollout).toEqual(NO_ROLLOUT);
});
