import { homedir, userInfo } from 'node:os';
import { isAbsolute, resolve } from 'node:path';
import type { Variables } from './shell.ts';

/** What the environment says, read once: nothing further in reads a variable or looks for a home. */
export interface Environment {
  readonly cwd: string;
  /** All of it, for processes of this machine that are to see it. */
  readonly variables: Variables;
  readonly home: string;
  /** Who to log in as where nothing else says so. */
  readonly user: string;
  /** The agent's socket. */
  readonly agent: string | null;
  /** XDG_RUNTIME_DIR (XDG Base Directory Specification): a folder of the user's that lasts as long as they are logged in. */
  readonly runtimeDir: string | null;
  /** Our folder for what outlasts a run: below XDG_STATE_HOME, else below where that is by default. */
  readonly stateDir: string;
  /** The variables that say where an inventory may be. */
  readonly inventory: Variables;
  /** NO_COLOR is set to anything (no-color.org), or the terminal says it is dumb. */
  readonly noColour: boolean;
  /** npm or npx started us. */
  readonly underNpm: boolean;
}

export function readEnvironment(variables: Variables, cwd: string): Environment {
  const get = (name: string): string | null => variables[name] || null;
  const home = resolve(cwd, get('HOME') ?? homedir());
  return {
    cwd,
    variables,
    home,
    user: accountName() ?? get('USER') ?? get('LOGNAME') ?? '',
    agent: get('SSH_AUTH_SOCK'),
    runtimeDir: absolute(get('XDG_RUNTIME_DIR')),
    stateDir: resolve(absolute(get('XDG_STATE_HOME')) ?? resolve(home, '.local/state'), 'muster'),
    inventory: {
      MUSTER_INVENTORY: variables['MUSTER_INVENTORY'],
      XDG_CONFIG_HOME: variables['XDG_CONFIG_HOME'],
    },
    noColour: get('NO_COLOR') !== null || get('TERM') === 'dumb',
    underNpm: get('npm_lifecycle_event') !== null,
  };
}

/** The specification has relative paths ignored. */
function absolute(path: string | null): string | null {
  return path !== null && isAbsolute(path) ? path : null;
}

/** A path as it was typed, absolute; `~/` is the home even where no shell saw it, as in `--identity=~/.ssh/key`. */
export function absolutePath(path: string, environment: Environment): string {
  if (path === '~' || path.startsWith('~/')) return resolve(environment.home, path.slice(2));
  return resolve(environment.cwd, path);
}

/** The name of the account we run under, as ssh uses it: after `su`, $USER may still be someone else's. */
function accountName(): string | null {
  try {
    return userInfo().username;
  } catch {
    // A user id without a passwd entry, as in some containers; the caller falls back on $USER.
    return null;
  }
}
