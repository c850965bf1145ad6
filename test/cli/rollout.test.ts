import { describe, expect, test } from 'vitest';
import { rolloutFrom } from '../../src/cli/rollout.ts';
import { NO_ROLLOUT, type Rollout } from '../../src/model/rollout.ts';
import { parse } from '../helpers/parse.ts';

function rollout(...args: readonly string[]): Rollout {
  return rolloutFrom(parse('run', args).values);
}

describe('the options of a rollout', () => {
  test('none of them: everything at once', () => {
    expect(rollout()).toEqual(NO_ROLLOUT);
    expect(rolloutFrom(parse('check', []).values)).toEqual(NO_ROLLOUT);
  });

  test('all of them', () => {
    const args = ['--batch', '1, 10%,50%', '--pause', '0.5', '--confirm', '--max-failures', '2.5%'];
    expect(rollout(...args, '--kill', '--shuffle', '--splay', '30', '--no-breaker')).toEqual({
      batches: [
        { kind: 'count', count: 1 },
        { kind: 'percent', percent: 10 },
        { kind: 'percent', percent: 50 },
      ],
      pauseMs: 500,
      confirm: true,
      maxFailures: { kind: 'percent', percent: 2.5 },
      kill: true,
      shuffle: true,
      splayMs: 30_000,
      breaker: false,
    });
  });

  test('no failures are tolerated where none is said, in either way', () => {
    const none = { kind: 'count', count: 0 };
    expect(rollout('--max-failures', '0').maxFailures).toEqual(none);
    expect(rollout('--max-failures', '0%').maxFailures).toEqual(none);
  });

  test.each([
    [['--batch', '1,0'], '--batch: "0" is no size of a batch'],
    [['--batch', '0%'], '--batch: "0%" is no size of a batch'],
    [['--batch', '1,,5'], '--batch: "" is no size of a batch'],
    [['--batch', '101%'], '--batch: "101%" is no size of a batch'],
    [['--batch', '1.5'], '--batch: "1.5" is no size of a batch'],
    [['--batch', '0x10'], '--batch: "0x10" is no size of a batch'],
    [['--max-failures=-1'], '--max-failures: "-1" is no number of failures'],
    [['--max-failures', 'some'], '--max-failures: "some" is no number of failures'],
    [['--pause', '5'], '--pause has no meaning without --batch'],
    [['--confirm'], '--confirm has no meaning without --batch'],
    [['--kill'], '--kill has no meaning without --max-failures'],
    [['--retry-delay', '5'], '--retry-delay has no meaning without --retries'],
  ])('%j: %s', (args, message) => {
    expect(() => rollout(...args)).toThrow(message);
  });
});
