import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, fstatSync } from 'node:fs';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { abortReason, throwIfAborted } from '../base/abort.ts';
import { delay, type Clock } from '../base/clock.ts';
import { errorCode } from '../base/system-error.ts';
import { ConfigError } from '../model/errors.ts';
import { isClaimed, takesNoClients } from './claim.ts';
import { openLogFile, tailOf } from './log.ts';
import { parseReadiness, READY_VARIABLE, type Readiness } from './ready.ts';
import { checkFolder, secureFolder } from './secure-folder.ts';
import type { RemoteController, ServicePaths, ServiceSettings } from './service.ts';

export interface FindOptions {
  readonly paths: ServicePaths;
  /** Ours: another version's controller is not talked to. */
  readonly version: string;
}

export interface EnsureOptions extends FindOptions {
  /** How this program is started: the interpreter and the script, as absolute paths. */
  readonly program: readonly string[];
  /** The environment; the controller gets only what it needs of it. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly settings: ServiceSettings;
  readonly clock: Clock;
  /** Gives up waiting; the controller that was started begins all the same, and ends when it is idle. */
  readonly signal?: AbortSignal;
}

/** The controller that runs, or null. Throws ConfigError `service` where what is there cannot be trusted or talked to. */
export async function findController({
  paths,
  version,
}: FindOptions): Promise<RemoteController | null> {
  if (!checkFolder(paths)) return null;
  const { connect } = await import('./client/connect.ts');
  return connect(paths, version);
}

/** The controller that runs, or else one that is started now. Throws ConfigError `service`, with the log's last words. */
export async function ensureController(options: EnsureOptions): Promise<RemoteController> {
  const { clock, paths, signal } = options;
  const until = clock.monotonic() + DEADLINE_MS;
  for (;;) {
    const controller = await found(options);
    if (controller !== null) return controller;
    if (signal !== undefined) throwIfAborted(signal);
    const left = until - clock.monotonic();
    if (await isClaimed(paths)) {
      // One begins or ends: it will listen, or make way.
      if (left <= 0) throw takesNoClients(paths);
      await delay(clock, PERIOD_MS, signal);
    } else if (left > 0) await startOne(options, left);
    else throw notStarted('it ends again at once', paths, 0);
  }
}

/** One that ends while it is greeted is none: nothing was asked of it yet. */
async function found(options: EnsureOptions): Promise<RemoteController | null> {
  try {
    return await findController(options);
  } catch (error) {
    const code = error instanceof ConfigError ? errorCode(error.cause) : null;
    if (code === 'ECONNRESET' || code === 'EPIPE') return null;
    throw error;
  }
}

/** Starts one, and waits until it is ready or has found another. */
async function startOne(options: EnsureOptions, deadlineMs: number): Promise<void> {
  const { paths } = options;
  secureFolder(paths);
  const log = openLogFile(paths.log);
  const before = fstatSync(log).size;
  let child: ChildProcess;
  try {
    child = spawnDetached(options, log);
  } finally {
    closeSync(log);
  }
  try {
    const said = await firstLine(child, deadlineMs, options);
    const readiness = said === null ? null : parseReadiness(said);
    if (readiness === null) throw notStarted(`it ended (${endOf(child)})`, paths, before);
    if (readiness.state === 'failed') throw failed(readiness);
  } finally {
    // Nothing of it holds us: it goes on when we end.
    child.stdio[READY_DESCRIPTOR]?.destroy();
    child.unref();
  }
}

function spawnDetached(options: EnsureOptions, log: number): ChildProcess {
  const { instance } = options.paths;
  const { keepMs, pool, idleMs, memoryBytes } = options.settings;
  const [command = process.execPath, ...words] = options.program;
  const args = [
    OLD_SPACE,
    ...words,
    'controller',
    'serve',
    `--instance=${instance}`,
    `--persist=${keepMs / 1000}`,
    `--pool=${pool.min},${pool.max}`,
    `--idle=${idleMs / 1000}`,
    `--memory=${memoryBytes}`,
  ];
  // A session of its own: no terminal's signals reach it. Its last descriptor is the one it says `ready` through.
  return spawn(command, args, {
    cwd: '/',
    detached: true,
    env: environmentFor(options),
    stdio: ['ignore', log, log, 'pipe'],
  });
}

/** What it needs to find its way, and nothing else: agents and their like come with each request. */
function environmentFor({ variables, paths }: EnsureOptions): NodeJS.ProcessEnv {
  const kept = Object.entries(variables).filter(
    ([name]) => KEPT.has(name) || name.startsWith('LC_'),
  );
  const stateDir = dirname(paths.log);
  return {
    ...Object.fromEntries(kept),
    // It must come to the very same paths, whatever its folder or its idea of a home.
    XDG_STATE_HOME: dirname(stateDir),
    ...(paths.folder !== stateDir && { XDG_RUNTIME_DIR: dirname(paths.folder) }),
    [READY_VARIABLE]: String(READY_DESCRIPTOR),
  };
}

/**
 * One that has the lock goes on beginning, for whoever comes next: it may have taken up what an earlier controller left, and
 * would stop that if it were asked to end.
 */
async function endUnclaimed(child: ChildProcess, paths: ServicePaths): Promise<void> {
  if (!(await isClaimed(paths))) child.kill('SIGKILL');
}

/** What it says, without the newline; null: it ended without a word. */
function firstLine(
  child: ChildProcess,
  deadlineMs: number,
  { clock, paths, signal }: EnsureOptions,
): Promise<string | null> {
  const pipe = child.stdio[READY_DESCRIPTOR];
  if (!(pipe instanceof Readable)) throw new Error('the controller was started without its pipe');
  return new Promise((resolve, reject) => {
    let said = '';
    const done = (settle: () => void): void => {
      timer.cancel();
      signal?.removeEventListener('abort', abort);
      settle();
    };
    const timer = clock.after(deadlineMs, () => {
      const seconds = Math.round(deadlineMs / 1000);
      const late = notStarted(`it was not ready after ${seconds} seconds`, paths, 0);
      done(() => void endUnclaimed(child, paths).then(() => reject(late), reject));
    });
    const abort = (): void => {
      if (signal !== undefined) done(() => reject(abortReason(signal)));
    };
    signal?.addEventListener('abort', abort, { once: true });
    child.once('error', (error) => {
      const why = new ConfigError('service', `the controller cannot be started: ${error.message}`);
      done(() => reject(why));
    });
    pipe.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const end = said.indexOf('\n');
      if (end >= 0) done(() => resolve(said.slice(0, end)));
    });
    // Its exit status comes right after its last descriptor is closed.
    pipe.once('close', () => {
      if (child.exitCode !== null || child.signalCode !== null) done(() => resolve(null));
      else child.once('exit', () => done(() => resolve(null)));
    });
  });
}

function failed({ code, message, hint }: Extract<Readiness, { state: 'failed' }>): ConfigError {
  return new ConfigError(code, message, hint === null ? {} : { hint });
}

function notStarted(why: string, paths: ServicePaths, from: number): ConfigError {
  const last = tailOf(paths.log, from);
  return new ConfigError('service', `the controller did not start: ${why}`, {
    hint: last === '' ? `its log: ${paths.log}` : `its log, ${paths.log}, ends with: ${last}`,
  });
}

function endOf({ exitCode, signalCode }: ChildProcess): string {
  return signalCode === null ? `exit status ${exitCode ?? 'unknown'}` : `signal ${signalCode}`;
}

/** From the start of the program to its readiness, all attempts together. */
const DEADLINE_MS = 10_000;
const PERIOD_MS = 50;
const READY_DESCRIPTOR = 3;
const KEPT: ReadonlySet<string> = new Set([
  'HOME',
  'LANG',
  'LOGNAME',
  'PATH',
  'SHELL',
  'TMPDIR',
  'TZ',
  'USER',
  'XDG_CACHE_HOME',
  'XDG_CONFIG_HOME',
  'XDG_DATA_HOME',
]);
/**
 * V8's own, in MB: how far the old generation, and the bytes that its objects hold, may grow before it is first looked
 * through as a whole. Ours is small, and each megabyte of output passes through it: with V8's limit for small heaps, a third
 * of the time goes into looking through what is still in use.
 */
const OLD_SPACE = '--initial-old-space-size=64';
