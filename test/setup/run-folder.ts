import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errorCode } from '../helpers/error-code.ts';

/**
 * Where one run of the tests keeps everything it makes: `<tmp>/muster-test-<pid>`. The global setup makes it and names
 * it in the environment, which its workers inherit; a program outside vitest, like the benchmark, gets its own on first
 * use and removes it when it ends. 0711, so that another account can reach the folders in it that it owns.
 */
export function runFolder(): string {
  const known = process.env[RUN_VARIABLE];
  if (known !== undefined) return known;
  const made = makeRunFolder();
  process.once('exit', () => rmSync(made, { recursive: true, force: true }));
  return made;
}

export function makeRunFolder(): string {
  const folder = join(tmpdir(), `${RUN_PREFIX}${process.pid}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { mode: 0o711 });
  process.env[RUN_VARIABLE] = folder;
  return folder;
}

/** The folders of runs whose process is gone: what a crash left behind. */
export function crashedRunFolders(): readonly { readonly folder: string; readonly pid: number }[] {
  return readdirSync(tmpdir())
    .filter((name) => RUN_NAME.test(name))
    .map((name) => ({
      folder: join(tmpdir(), name),
      pid: Number(name.slice(RUN_PREFIX.length)),
    }))
    .filter(({ pid }) => !isAlive(pid));
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there and belongs to somebody else.
    return errorCode(error) === 'EPERM';
  }
}

/** A new 0700 folder of this run. The test that makes it removes it; what it forgets, the leak check names. */
export function temporaryFolder(purpose = 'files'): string {
  return mkdtempSync(join(process.env[FILE_VARIABLE] ?? runFolder(), `${purpose}-`));
}

/** Names the run's folder. */
export const RUN_VARIABLE = 'MUSTER_TEST_RUN';
/** Names the folder of one test file, below the run's. */
export const FILE_VARIABLE = 'MUSTER_TEST_FILE';
const RUN_PREFIX = 'muster-test-';
const RUN_NAME = /^muster-test-\d+$/u;
