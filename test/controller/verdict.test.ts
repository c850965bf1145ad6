import { describe, expect, test } from 'vitest';
import {
  stoppedInQueue,
  verdict,
  verdictOfError,
  type VerdictFacts,
} from '../../src/controller/verdict.ts';
import { failure } from './fakes.ts';

const quiet: VerdictFacts = { cause: null, sent: true, okCodes: [0] };
const stop: VerdictFacts = { ...quiet, cause: { kind: 'stop', by: 'Ctrl-C' } };
const timeout: VerdictFacts = { ...quiet, cause: { kind: 'timeout', limitMs: 5000 } };

describe('verdict', () => {
  test('exit 0 completes', () => {
    expect(verdict({ kind: 'exit', code: 0 }, quiet)).toMatchObject({
      state: 'Completed',
      exitCode: 0,
      signal: null,
      failure: null,
    });
  });

  test('exit 7 fails in the run phase and keeps its code', () => {
    expect(verdict({ kind: 'exit', code: 7 }, quiet)).toMatchObject({
      state: 'Failed',
      exitCode: 7,
      failure: { phase: 'run', code: 'exit-code', message: 'exit code 7', mayHaveRun: true },
    });
  });

  test('a listed exit code completes, and then 0 does not unless it is listed', () => {
    const facts = { ...quiet, okCodes: [7] };
    expect(verdict({ kind: 'exit', code: 7 }, facts).state).toBe('Completed');
    expect(verdict({ kind: 'exit', code: 0 }, facts).state).toBe('Failed');
  });

  test('death by a signal fails with its name and no exit code', () => {
    expect(verdict({ kind: 'signal', signal: 'SEGV', core: true }, quiet)).toMatchObject({
      state: 'Failed',
      exitCode: null,
      signal: 'SEGV',
      failure: { code: 'signal', message: 'killed by signal SEGV (core dumped)' },
    });
  });

  test('an end that was asked for is Stopped, and says by whom and whether it is certain', () => {
    expect(verdict({ kind: 'ended', confirmed: true }, stop)).toMatchObject({
      state: 'Stopped',
      failure: null,
      statusMessage: 'stopped by Ctrl-C',
      endConfirmed: true,
    });
    expect(verdict({ kind: 'ended', confirmed: false }, stop)).toMatchObject({
      statusMessage: 'stopped by Ctrl-C; its end on the host is not confirmed',
      endConfirmed: false,
    });
  });

  test('more output than allowed is Failed, however it ended', () => {
    const facts: VerdictFacts = { ...quiet, cause: { kind: 'output-limit', limitBytes: 10 } };
    expect(verdict({ kind: 'ended', confirmed: true }, facts)).toMatchObject({
      state: 'Failed',
      failure: {
        phase: 'run',
        code: 'output-limit',
        message: 'more than 10 bytes of output; it was stopped',
        mayHaveRun: true,
      },
      endConfirmed: true,
    });
    expect(verdict({ kind: 'ended', confirmed: false }, facts).failure?.message).toBe(
      'more than 10 bytes of output; it was stopped; its end on the host is not confirmed',
    );
    expect(verdict({ kind: 'exit', code: 0 }, facts)).toMatchObject({
      state: 'Failed',
      exitCode: null,
      failure: { message: 'more than 10 bytes of output; it ended before it was stopped' },
    });
    expect(verdictOfError(new Error('gone'), facts).failure?.code).toBe('output-limit');
  });

  test('a word on its output is said however it ended', () => {
    const facts = { ...quiet, note: '9 bytes left out' };
    expect(verdict({ kind: 'exit', code: 1 }, facts).statusMessage).toBe('9 bytes left out');
    expect(verdict({ kind: 'exit', code: 0, note: 'open' }, facts).statusMessage).toBe(
      'open; 9 bytes left out',
    );
    expect(verdictOfError(new Error('gone'), facts).statusMessage).toBe('9 bytes left out');
  });

  test('a time limit is Failed with the limit and whether the end is certain', () => {
    expect(verdict({ kind: 'ended', confirmed: false }, timeout)).toMatchObject({
      state: 'Failed',
      endConfirmed: false,
      failure: {
        code: 'timeout',
        message: 'timed out after 5 s; its end on the host is not confirmed',
        mayHaveRun: true,
      },
    });
  });

  test('a failure that was thrown is the verdict', () => {
    expect(verdictOfError(failure('refused', 'no'), quiet)).toMatchObject({
      state: 'Failed',
      failure: { phase: 'connect', code: 'refused', message: 'no', mayHaveRun: false },
    });
  });

  test('a stop before the command was sent is Stopped, with nothing to confirm', () => {
    const facts = { ...stop, sent: false };
    expect(verdictOfError(new Error('aborted'), facts)).toMatchObject({
      state: 'Stopped',
      statusMessage: 'stopped by Ctrl-C before the command was sent',
      endConfirmed: true,
    });
    expect(verdictOfError(failure('refused'), facts).state).toBe('Stopped');
  });

  test('an unexpected error is Failed as internal, in one safe line', () => {
    const { state, failure: found } = verdictOfError(new Error('a\n\u001b[2Jb'), quiet);
    expect(state).toBe('Failed');
    expect(found).toMatchObject({
      phase: 'local',
      code: 'internal',
      message: 'internal error: a ^[[2Jb',
    });
  });

  test('a child stopped in the queue was not started', () => {
    expect(stoppedInQueue('Ctrl-C')).toMatchObject({
      state: 'Stopped',
      statusMessage: 'stopped by Ctrl-C; not started',
      endConfirmed: null,
    });
  });
});
