import { ConfigError } from '../model/errors.ts';
import { claim } from './claim.ts';
import { listenForEndings } from './endings.ts';
import { keepOutOfCoreDumps } from './core-dumps.ts';
import { live } from './live.ts';
import { removeLeftovers } from './leftovers.ts';
import { ownIdentity } from './lock-owner.ts';
import { releaseLock } from './lock.ts';
import { crashText, openLog, type ServiceLog } from './log.ts';
import { tellStarter, type Readiness } from './ready.ts';
import { secureFolder } from './secure-folder.ts';
import type { ServeOptions } from './serve-options.ts';

/**
 * Is the controller in the background, until its end; resolves to the exit status. Where one runs already it says so, and
 * that is no failure: 0. Ends by a request, a signal, idleness, or the loss of its socket: 0, once its jobs are stopped; a
 * further signal leaves at once: 128 and the signal's number; an error of its own: 1. Throws ConfigError `service` where it
 * cannot begin.
 */
export async function serve(options: ServeOptions): Promise<number> {
  // From the first line on: nothing that is made here is anybody else's to read.
  process.umask(0o077);
  keepOutOfCoreDumps();
  // No file system is kept busy by us.
  process.chdir('/');
  try {
    return await begin(options);
  } catch (error) {
    if (error instanceof ConfigError) {
      const { code, message, hint } = error;
      tell(options, { state: 'failed', code, message, hint });
    }
    throw error;
  }
}

async function begin(options: ServeOptions): Promise<number> {
  const { paths, clock } = options;
  secureFolder(paths);
  const own = ownIdentity();
  const other = await claim(paths, own, clock);
  if (other !== null) {
    const who = other.runningPid === null ? '' : ` (process ${other.runningPid})`;
    if (options.readyDescriptor === null)
      options.announce(`a controller runs already${who} on ${paths.socket}`);
    tell(options, { state: 'running', pid: other.runningPid });
    return 0;
  }
  try {
    const log = openLog(paths.log, clock);
    try {
      removeLeftovers(paths);
      return await untilItsEnd(options, log);
    } finally {
      log.close();
    }
  } finally {
    releaseLock(paths.lock, own);
  }
}

async function untilItsEnd(options: ServeOptions, log: ServiceLog): Promise<number> {
  const endings = listenForEndings(options.signals, options.readyDescriptor !== null);
  const life = live(options, log, endings, () => tell(options, READY));
  try {
    return await Promise.race([
      life.over,
      endings.atOnce.then(({ status, why }) => {
        log.line(`leaves at once: ${why}`);
        return status;
      }),
    ]);
  } catch (error) {
    log.line(`cannot go on: ${crashText(error)}`);
    throw error;
  } finally {
    life.withdraw();
    endings.close();
  }
}

function tell({ readyDescriptor }: ServeOptions, readiness: Readiness): void {
  if (readyDescriptor !== null) tellStarter(readyDescriptor, readiness);
}

const READY: Readiness = { state: 'ready', pid: process.pid };
