import { systemClock } from '../../../src/base/clock.ts';
import { FailureError, type Failure } from '../../../src/model/failure.ts';
import type { WorkContext } from '../../../src/model/ports/work.ts';
import { localTarget, type Target } from '../../../src/model/target.ts';
import { localKind } from '../../../src/work/local/local.ts';
import { localSpec } from '../../../src/work/local/spec.ts';
import { doWork, type Doing } from '../rig.ts';

export const HERE: Target = localTarget('me');

/** A program of this machine's, begun as a controller would, in this folder and environment unless others are given. */
export function begin(
  words: string | readonly string[],
  options: Partial<WorkContext> & {
    readonly cwd?: string;
    readonly env?: Readonly<Record<string, string>>;
  } = {},
): Doing {
  const { cwd = process.cwd(), env = {}, ...context } = options;
  const spec = localSpec(typeof words === 'string' ? [words] : words, {
    cwd,
    env: { ...process.env, ...env },
  });
  return doWork(localKind, spec, { target: HERE, clock: systemClock, ...context });
}

export async function failureOf(doing: Doing): Promise<Failure> {
  try {
    throw new Error(`it did not fail: ${JSON.stringify(await doing.end)}`);
  } catch (error) {
    if (error instanceof FailureError) return error.failure;
    throw error;
  }
}
