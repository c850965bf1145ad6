import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from '../bench-setup.ts';

/** A controller in the background, of its own runtime folder. */
export interface BenchController {
  /** What `muster` needs in its environment to find it. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs a verb to its end; throws where it does not exit 0. */
  readonly muster: (...args: readonly string[]) => string;
}

/** Lends a controller to some work, and ends it with all its jobs. `options`: how it is started. */
export async function withController<T>(
  bench: Bench,
  work: (controller: BenchController) => Promise<T>,
  options: readonly string[] = [],
): Promise<T> {
  const runtime = join(bench.folder, 'run');
  mkdirSync(runtime, { recursive: true, mode: 0o700 });
  const env = { XDG_RUNTIME_DIR: runtime, XDG_STATE_HOME: runtime };
  const muster = (...args: readonly string[]): string => {
    const [command = '', ...first] = bench.muster;
    const { status, stdout, stderr } = spawnSync(command, [...first, ...args], {
      encoding: 'utf8',
      env: { ...process.env, ...env },
      maxBuffer: 1e9,
    });
    if (status !== 0) throw new Error(`muster ${args[0]} exited ${status}: ${stderr}`);
    return stdout;
  };
  muster('controller', 'start', ...options);
  try {
    return await work({ env, muster });
  } finally {
    muster('controller', 'stop', '--stop-jobs');
  }
}
