import { describe, expect, test } from 'vitest';
import { FAILURE_PHASES, type FailureCode } from '../../src/model/failure.ts';
import { JOB_STATES } from '../../src/model/state.ts';
import {
  OUTCOME_KINDS,
  outcomeKind,
  outcomeReason,
  type OutcomeKind,
} from '../../src/results/message.ts';
import { summarize } from '../../src/results/summary.ts';
import { child, failed, failure, job } from '../presenters/events.ts';

describe('the kind of an outcome', () => {
  const KINDS: Readonly<Record<FailureCode, OutcomeKind>> = {
    dns: 'unreachable',
    'dns-timeout': 'unreachable',
    refused: 'unreachable',
    'connect-timeout': 'unreachable',
    unreachable: 'unreachable',
    'banner-timeout': 'unreachable',
    protocol: 'unreachable',
    'closed-early': 'unreachable',
    'target-busy': 'unreachable',
    'host-key-unknown': 'untrusted',
    'host-key-changed': 'untrusted',
    'host-key-revoked': 'untrusted',
    'auth-denied': 'denied',
    'auth-partial': 'denied',
    'auth-timeout': 'denied',
    agent: 'denied',
    'channel-refused': 'failed',
    'exec-refused': 'failed',
    'jump-refused': 'failed',
    'become-denied': 'denied',
    'become-timeout': 'denied',
    'become-missing': 'denied',
    'exit-code': 'failed',
    signal: 'failed',
    timeout: 'timed out',
    lost: 'lost',
    'no-status': 'lost',
    'output-limit': 'failed',
    transfer: 'failed',
    store: 'failed',
    internal: 'failed',
    skipped: 'failed',
  };

  test.each(Object.keys(FAILURE_PHASES) as FailureCode[])(
    'of a child that failed by %s',
    (code) => {
      expect(outcomeKind(failed('a', code, 'why'))).toBe(KINDS[code]);
    },
  );

  test('of every other state', () => {
    const kinds = JOB_STATES.map((state) => [state, outcomeKind(child('a', { state }))]);
    expect(Object.fromEntries(kinds)).toEqual({
      NotStarted: 'unfinished',
      Running: 'unfinished',
      Completed: 'completed',
      Failed: 'failed',
      Stopped: 'stopped',
      Blocked: 'unfinished',
      Suspending: 'unfinished',
      Suspended: 'unfinished',
      Stopping: 'unfinished',
      Disconnected: 'unfinished',
    });
    const skipped = failed('a', 'skipped', 'too many hosts had failed', { state: 'Stopped' });
    expect(outcomeKind(skipped)).toBe('skipped');
  });
});

describe('the reason of an outcome', () => {
  test('is the failure, with the hop and what else was seen', () => {
    expect(outcomeReason(failed('a', 'exit-code', 'exit code 7'))).toBe('exit code 7');
    expect(
      outcomeReason(
        failed('a', 'exit-code', 'exit code 7', { statusMessage: 'output still open' }),
      ),
    ).toBe('exit code 7; output still open');
    const via = failure('refused', 'connection refused', { via: 'bastion' });
    expect(outcomeReason(failed('a', 'refused', '', { failure: via }))).toBe(
      'jump host bastion: connection refused',
    );
  });

  test('is what is known where nothing failed', () => {
    expect(outcomeReason(child('a'))).toBeNull();
    expect(outcomeReason(child('a', { statusMessage: 'output still open' }))).toBe(
      'output still open',
    );
    expect(outcomeReason(child('a', { state: 'NotStarted' }))).toBe('not started');
    expect(outcomeReason(child('a', { state: 'Stopping' }))).toBe('running');
  });
});

describe('a summary', () => {
  test('groups hosts by kind and reason: kinds in one order, the largest set of a kind first', () => {
    const { outcomes, total } = summarize(
      job([
        failed('h1', 'refused', 'connection refused'),
        failed('h2', 'exit-code', 'exit code 7'),
        failed('h3', 'exit-code', 'exit code 8'),
        child('h4'),
        failed('h5', 'exit-code', 'exit code 8'),
        child('h6', { state: 'Stopped', statusMessage: 'stopped by Ctrl-C' }),
        failed('h7', 'timeout', 'timed out after 5 s'),
        child('h8'),
      ]),
    );
    expect(total).toBe(8);
    expect(outcomes.map(({ kind, hosts, reason }) => [kind, hosts.join(), reason])).toEqual([
      ['completed', 'h4,h8', null],
      ['failed', 'h3,h5', 'exit code 8'],
      ['failed', 'h2', 'exit code 7'],
      ['timed out', 'h7', 'timed out after 5 s'],
      ['unreachable', 'h1', 'connection refused'],
      ['stopped', 'h6', 'stopped by Ctrl-C'],
    ]);
    const order = outcomes.map(({ kind }) => OUTCOME_KINDS.indexOf(kind));
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  });

  test('a reason that names its host is one reason for all hosts, and keeps the name of a single one', () => {
    const message = (host: string): string => `cannot resolve ${host}: no such name`;
    const hosts = ['h1', 'h2', 'h2.x', 'h(3'];
    const many = summarize(job(hosts.map((host) => failed(host, 'dns', message(host)))));
    expect(many.outcomes).toEqual([
      {
        kind: 'unreachable',
        hosts,
        reason: 'cannot resolve {host}: no such name',
        otherReasons: 0,
      },
    ]);
    const one = summarize(job([failed('h1', 'dns', message('h1'))]));
    expect(one.outcomes[0]?.reason).toBe('cannot resolve h1: no such name');
  });

  test('a name inside another word is no name of the host', () => {
    const { outcomes } = summarize(
      job([failed('a', 'refused', 'a bad day'), failed('day', 'refused', 'a bad days')]),
    );
    expect(outcomes.map(({ reason }) => reason)).toEqual(['a bad day', 'a bad days']);
  });

  test('an exit code is no name of the host that is called so', () => {
    const { outcomes } = summarize(
      job(['1', '2'].map((name) => failed(name, 'exit-code', `exit code ${name}`))),
    );
    expect(outcomes.map(({ reason }) => reason)).toEqual(['exit code 1', 'exit code 2']);
  });

  test('reasons that differ on nearly every host are one line with a count', () => {
    const lost = Array.from({ length: 9 }, (_, index) =>
      failed(`h${index}`, 'lost', `connection lost after ${Math.min(index, 7)} s`),
    );
    const { outcomes } = summarize(job([...lost, failed('x', 'exit-code', 'exit code 7')]));
    expect(outcomes).toEqual([
      { kind: 'failed', hosts: ['x'], reason: 'exit code 7', otherReasons: 0 },
      {
        kind: 'lost',
        hosts: lost.map(({ host }) => host),
        reason: 'connection lost after 7 s',
        otherReasons: 7,
      },
    ]);
  });

  test('has mean, median and the slowest host, of the hosts that began and ended', () => {
    const timing = (times: readonly (number | null)[]): unknown =>
      summarize(
        job(times.map((durationMs, index) => child(`h${index}`, { durationMs, end: durationMs }))),
      ).timing;
    expect(timing([10, 40, null, 20, 50])).toEqual({
      meanMs: 30,
      medianMs: 30,
      slowestMs: 50,
      slowestHost: 'h4',
    });
    expect(timing([10, 0, 50])).toEqual({
      meanMs: 20,
      medianMs: 10,
      slowestMs: 50,
      slowestHost: 'h2',
    });
    expect(timing([null])).toBeNull();
    expect(timing([])).toBeNull();
  });

  test('names the hosts whose end is not confirmed', () => {
    const { unconfirmed } = summarize(
      job([
        child('h1', { state: 'Stopped', endConfirmed: true }),
        child('h2', { state: 'Stopped', endConfirmed: false }),
        failed('h3', 'timeout', 'timed out after 5 s', { endConfirmed: false }),
        child('h4'),
      ]),
    );
    expect(unconfirmed).toEqual(['h2', 'h3']);
  });
});
