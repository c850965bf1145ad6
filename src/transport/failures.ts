import { isIP } from 'node:net';
import { safeLine } from '../base/safe-text.ts';
import { FAILURE_PHASES, FailureError, type FailureCode } from '../model/failure.ts';
import type { Target } from '../model/target.ts';

/** A failure of one target as an error to throw. `message` may hold remote text: it is made safe here. */
export function fail(
  code: FailureCode,
  message: string,
  options: {
    readonly mayHaveRun?: boolean;
    readonly via?: string | null;
    readonly cause?: unknown;
  } = {},
): FailureError {
  const { mayHaveRun = false, via = null, cause } = options;
  const failure = {
    phase: FAILURE_PHASES[code],
    code,
    message: safeLine(message),
    mayHaveRun,
    via,
  };
  return new FailureError(failure, cause === undefined ? undefined : { cause });
}

/** `web1 (10.0.0.5) port 22`: who did not answer, by the operator's name and by what we called. */
export function endpoint(target: Target, address: string | null = null): string {
  const { name, port } = target;
  const called = address ?? target.address;
  return called === name || (isIP(name) !== 0 && isIP(called) === 0)
    ? `${name} port ${port}`
    : `${name} (${called}) port ${port}`;
}

/** `0.4 s`, `12 s`: for messages. */
export function seconds(ms: number): string {
  const value = ms / 1000;
  return `${value >= 10 ? Math.round(value) : Math.round(value * 10) / 10} s`;
}
