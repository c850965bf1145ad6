import { lstatSync, mkdirSync, realpathSync, type Stats } from 'node:fs';
import { dirname, sep } from 'node:path';
import { errorCode } from '../base/system-error.ts';
import { ConfigError } from '../model/errors.ts';
import type { ServicePaths } from './service.ts';

/**
 * Makes the controller's folders, 0700, or refuses them: who can write there can put a socket of their own in the place
 * of ours, and gets our commands. Throws ConfigError `service` that names the folder and what is wrong with it.
 */
export function secureFolder(paths: ServicePaths): void {
  for (const folder of new Set([paths.folder, dirname(paths.log)])) {
    make(folder);
    check(folder);
  }
}

/** Whether the socket's folder is there; the same refusals, but nothing is made. */
export function checkFolder(paths: ServicePaths): boolean {
  if (statOf(paths.folder) === null) return false;
  check(paths.folder);
  return true;
}

function make(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: PRIVATE });
  } catch (error) {
    // Something else has its name: `check` says what.
    if (errorCode(error) === 'EEXIST') return;
    throw new ConfigError(
      'service',
      `the controller's folder ${folder} cannot be made (${errorCode(error) ?? 'no reason given'})`,
      { cause: error, hint: ELSEWHERE },
    );
  }
}

function check(folder: string): void {
  const stats = statOf(folder);
  if (stats?.isDirectory() !== true) {
    throw refusal(folder, stats?.isSymbolicLink() === true ? 'is a link' : 'is not a folder');
  }
  if (stats.uid !== ownUser()) throw refusal(folder, `belongs to another user (${stats.uid})`);
  if ((stats.mode & OTHERS) !== 0) {
    throw refusal(folder, `is open to others (mode ${octal(stats)})`, `chmod 700 ${folder}`);
  }
  for (const parent of parentsOf(folder)) checkParent(parent, folder);
}

function checkParent(parent: string, folder: string): void {
  const stats = statOf(parent);
  // A link in the path is as safe as the folder it is in, and the folder it leads to, which are looked at both.
  if (stats === null || stats.isSymbolicLink()) return;
  const whose = `${parent}, which ${folder} is in,`;
  if (stats.uid !== 0 && stats.uid !== ownUser()) {
    throw refusal(whose, `belongs to another user (${stats.uid})`);
  }
  // In a sticky folder like /tmp only the owner of an entry may rename it.
  if ((stats.mode & WRITABLE) !== 0 && (stats.mode & STICKY) === 0) {
    const who = (stats.mode & 0o002) === 0 ? 'its group' : 'anybody';
    throw refusal(whose, `may be written to by ${who} (mode ${octal(stats)})`);
  }
}

/** Every folder above, along the path as it is written and along the one it really is. */
function parentsOf(folder: string): ReadonlySet<string> {
  const found = new Set<string>();
  for (let at of [dirname(folder), realpathSync(dirname(folder))]) {
    for (; !found.has(at); at = dirname(at)) found.add(at);
    found.add(sep);
  }
  return found;
}

function statOf(path: string): Stats | null {
  try {
    return lstatSync(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw refusal(path, `cannot be looked at (${errorCode(error) ?? 'no reason given'})`);
  }
}

function refusal(what: string, wrong: string, hint: string = ELSEWHERE): ConfigError {
  return new ConfigError('service', `the controller's folder is not safe: ${what} ${wrong}`, {
    hint,
  });
}

function ownUser(): number {
  return process.geteuid?.() ?? 0;
}

function octal(stats: Stats): string {
  return (stats.mode & 0o7777).toString(8).padStart(4, '0');
}

const PRIVATE = 0o700;
const OTHERS = 0o077;
const WRITABLE = 0o022;
const STICKY = 0o1000;
const ELSEWHERE =
  'set XDG_RUNTIME_DIR and XDG_STATE_HOME to folders of yours that only you can write to';
