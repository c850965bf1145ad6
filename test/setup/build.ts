import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../helpers/error-code.ts';
import { isAlive } from './run-folder.ts';

/**
 * Builds `dist` where it is missing or older than what it is built from, for the tests that run the command itself. A
 * build that fails does not end the run: the tests that need it fail with what it said, the others go on.
 */
export function buildIfStale(): void {
  const said = existsSync(join(ROOT, 'src/cli/main.ts')) ? build('build:js', 'dist/main.js') : null;
  if (said === null) return;
  process.env[BUILD_ERROR] = said;
  process.stderr.write(`${said}\n`);
}

/** Builds the library's type declarations where they are older than the sources. Throws with what the build said. */
export function requireTypes(): void {
  const said = build('build:types', 'dist/types/index.d.ts');
  if (said !== null) throw new Error(said);
}

/** The command as it is shipped. Throws where its build is known to be broken. */
export function musterProgram(): string {
  const error = process.env[BUILD_ERROR];
  if (error !== undefined && isStale('dist/main.js')) throw new Error(error);
  return join(ROOT, 'bin/muster.js');
}

/** null: it is up to date now. */
function build(script: string, product: string): string | null {
  if (!isStale(product)) return null;
  return withLock(() => {
    if (!isStale(product)) return null;
    const built = spawnSync('npm', ['run', '--silent', script], {
      cwd: ROOT,
      encoding: 'utf8',
      timeout: 120_000,
    });
    if (built.status === 0) return null;
    return `npm run ${script} failed: ${built.stdout}${built.stderr}`.slice(0, 4_000);
  });
}

function isStale(product: string): boolean {
  const built = join(ROOT, product);
  if (!existsSync(built)) return true;
  const sources = ['package.json', ...filesBelow('src'), ...filesBelow('.build')];
  const newest = Math.max(...sources.map((file) => statSync(join(ROOT, file)).mtimeMs));
  return newest > statSync(built).mtimeMs;
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length));
}

/** Two runs in one checkout build one after the other. */
function withLock<T>(task: () => T): T {
  const lock = join(ROOT, 'node_modules/.muster-build-lock');
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
      if (!isAlive(holder(lock))) rmSync(lock, { recursive: true, force: true });
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_PAUSE_MS);
    }
  }
  try {
    writeFileSync(join(lock, 'pid'), String(process.pid));
    return task();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function holder(lock: string): number {
  try {
    return Number(readFileSync(join(lock, 'pid'), 'utf8'));
  } catch {
    // It was taken this moment, and its holder has not signed yet: our own process is alive for sure.
    return process.pid;
  }
}

const ROOT = new URL('../../', import.meta.url).pathname;
const BUILD_ERROR = 'MUSTER_TEST_BUILD_ERROR';
const LOCK_PAUSE_MS = 100;
