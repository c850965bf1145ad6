import { quote } from '../quote.ts';
import { DONE_READING, NOT_BEGUN } from './reader.ts';

/** What a command is to find when it begins. */
export interface Surroundings {
  /** Its folder, relative to where a login begins; `~` and `~/` are the home there. null: where a login begins. */
  readonly cwd: string | null;
  /** Added to its environment. The names are safe, the values hold no NUL. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The program for a POSIX shell that makes a command's surroundings and becomes it. `words` sets the positional parameters
 * to the command's; `run` runs them, and calls SET_VARIABLES right before.
 */
export function commandProgram(
  words: string,
  { cwd, env }: Surroundings,
  run: string = BECOME_IT,
): string {
  const all = Object.entries(env);
  return [
    `trap 'exit ${NOT_BEGUN}' 0`,
    FAIL,
    words,
    ...setReserved(all.filter(([name]) => RESERVED.has(name))),
    DONE_READING,
    ...(cwd === null ? [] : enter(cwd)),
    `${SET_VARIABLES}() { :`,
    // By the shell itself: in an argument of env(1) other users of the host would see them. One that means something to
    // it, like OPTIND, means nothing once it was unset.
    ...all
      .filter(([name]) => !RESERVED.has(name))
      .map(([name, value]) => `unset -v ${name}; export ${name}=${quote(value)}`),
    '}',
    run,
  ].join('\n');
}

/** For `run`: from then on a variable of the shell may be any of the command's, and its PATH is the command's. */
export const SET_VARIABLES = 'set_variables';

/** Who runs a command line. */
export interface LineShell {
  /** Another user, whose own shell may be none that runs anything: /bin/sh. */
  readonly isOther: boolean;
  /** A line feed within quotes has to be one. */
  readonly keepsLines?: boolean;
}

/** A command line for the shell that the login would have run it with. */
export function lineWords(line: string, { isOther, keepsLines = false }: LineShell): string {
  if (isOther) return `set -- /bin/sh -c ${quote(line)}`;
  const words = `set -- "\${SHELL:-/bin/sh}" -c ${quote(line)}`;
  return keepsLines ? `${KEEPS_LINES}\n${words}` : words;
}

/** By env(1), as what the words run: these are no secrets. It is looked for while PATH is still the login's. */
function setReserved(env: readonly (readonly [string, string])[]): readonly string[] {
  if (env.length === 0) return [];
  const pairs = env.map(([name, value]) => quote(`${name}=${value}`)).join(' ');
  return [
    `muster_env=$(command -v env) || fail 'no env to set ${env[0]?.[0] ?? ''} by'`,
    `set -- "$muster_env" ${pairs} "$@"`,
  ];
}

function enter(folder: string): readonly string[] {
  const home = /^~(?:\/|$)/u.exec(folder)?.[0];
  // What is not absolute might be read as an option, or looked for along CDPATH.
  const path =
    home === undefined
      ? quote(folder.startsWith('/') ? folder : `./${folder}`)
      : `"$HOME"/${quote(folder.slice(home.length))}`;
  return [
    `[ -d ${path} ] || fail ${quote(`there is no folder ${folder}`)}`,
    `cd ${path} 2>/dev/null || fail ${quote(`cannot enter the folder ${folder}`)}`,
  ];
}

/** By what it does, and not by its name. What its start files say may stand before it. */
const KEEPS_LINES = `case $("\${SHELL:-/bin/sh}" -c "echo 'muster
lines'" </dev/null 2>/dev/null) in
  *'muster
lines') ;;
  *) fail 'a value has a line feed, which the login shell would take for the end of the command' ;;
esac`;
const FAIL = `fail() { printf 'muster: %s\\n' "$1" >&2; exit ${NOT_BEGUN}; }`;
const BECOME_IT = `${SET_VARIABLES}
trap - 0
exec "$@"`;
/** What one shell or another keeps for itself, and lets nobody set. */
const RESERVED: ReadonlySet<string> = new Set([
  'BASHOPTS',
  'BASH_VERSINFO',
  'EGID',
  'EUID',
  'GID',
  'KSHEGID',
  'KSHEUID',
  'KSHGID',
  'KSHUID',
  'KSH_VERSION',
  'LINENO',
  'PGRP',
  'PPID',
  'RANDOM',
  'SECONDS',
  'SHELLOPTS',
  'UID',
  'USERNAME',
  'USER_ID',
]);
