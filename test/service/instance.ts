import { readFileSync, rmSync } from 'node:fs';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock.ts';
import { ensureController, findController, type EnsureOptions } from '../../src/service/launch.ts';
import { isAlive, isOfAnotherMachine, parseOwner } from '../../src/service/lock-owner.ts';
import { servicePaths } from '../../src/service/paths.ts';
import {
  SERVICE_DEFAULTS,
  type RemoteController,
  type ServicePaths,
} from '../../src/service/service.ts';
import { VERSION } from '../../src/version.ts';
import { eventually } from '../helpers/eventually.ts';
import { errorCode } from '../helpers/error-code.ts';
import { signalProcess } from '../helpers/processes.ts';
import { runMuster, type MusterOptions, type MusterResult } from '../helpers/run-muster.ts';
import { musterProgram } from '../setup/build.ts';
import { temporaryFolder } from '../setup/run-folder.ts';

/** A place of its own for controllers, real ones, and whoever talks to them. */
export interface Instance {
  readonly folder: string;
  readonly paths: ServicePaths;
  /** What `muster` needs in its environment to find it. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs a verb to its end. */
  muster(args: readonly string[], options?: MusterOptions): Promise<MusterResult>;
  /** Finds or starts the controller; the same as a client does. */
  ensure(options?: Partial<EnsureOptions>): Promise<RemoteController>;
  find(): Promise<RemoteController | null>;
  /** The process that has the lock; null: nobody. */
  pid(): number | null;
  /** Resolves when that process is gone. */
  gone(pid: number, deadlineMs?: number): Promise<void>;
  /** Ends whatever still runs here, for good. */
  close(): Promise<void>;
}

export function newInstance(): Instance {
  const folder = temporaryFolder('service');
  const env = { XDG_RUNTIME_DIR: join(folder, 'run'), XDG_STATE_HOME: join(folder, 'state') };
  mkdirSync(env.XDG_RUNTIME_DIR, { mode: 0o700 });
  const paths = servicePaths({
    xdgRuntimeDir: env.XDG_RUNTIME_DIR,
    stateDir: join(env.XDG_STATE_HOME, 'muster'),
    instance: 'default',
  });
  const pid = (): number | null => {
    try {
      const owner = parseOwner(readFileSync(paths.lock, 'utf8'));
      const isHere = owner !== null && isAlive(owner) && !isOfAnotherMachine(owner);
      return isHere && owner.pid !== process.pid ? owner.pid : null;
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return null;
      throw error;
    }
  };
  const gone = async (which: number, deadlineMs = 10_000): Promise<void> => {
    await eventually(() => !isRunning(which), { deadlineMs, what: `the end of process ${which}` });
  };
  return {
    folder,
    paths,
    env,
    muster: (args, options = {}) =>
      runMuster(args, { ...options, env: { ...env, ...options.env } }),
    ensure: (options = {}) =>
      ensureController({
        paths,
        program: [process.execPath, musterProgram()],
        variables: { ...process.env, ...env },
        settings: SERVICE_DEFAULTS,
        version: VERSION,
        clock: systemClock,
        ...options,
      }),
    find: () => findController({ paths, version: VERSION }),
    pid,
    gone,
    close: async () => {
      const left = pid();
      if (left !== null) {
        signalProcess(left, 'SIGKILL');
        await gone(left);
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A zombie runs no more. */
export function isRunning(pid: number): boolean {
  return isAlive({ pid, start: null, boot: null, host: null, uuid: '' });
}
