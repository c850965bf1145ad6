import type { Become } from '../../model/become.ts';
import { printable, quote } from '../quote.ts';
import { sayWord } from '../say-word.ts';
import type { Marks } from './marks.ts';

export interface BecomeLine {
  readonly become: Pick<Become, 'method' | 'user'>;
  readonly marks: Marks;
  /**
   * What the other user's /bin/sh is to run; null: a program that comes on its stdin, with two arguments: the pid of the
   * server's child below which it runs, and the server's. Without stderr: no shell takes itself for an interactive one.
   */
  readonly command: string | null;
  /** Whether there can be a password; else the method is told not to ask, where it can be told. */
  readonly mayAsk: boolean;
  /** Whether stderr is the same as stdout. */
  readonly isOnTty: boolean;
}

/**
 * The command line by which another user comes to run a command, for any login shell (sh, csh, fish ...).
 *
 * /bin/sh, which becomes the method: so the server's child is the method's process, and nothing of the login user's is
 * left in between. The method runs /bin/sh as the other user, which says that it is there, and begins the command only
 * when it is told so on its stdin: whatever happens before, nothing was run. Its `read` takes no byte more than its line
 * (POSIX), so that the rest of the input is the command's.
 *
 * The methods speak English meanwhile (LC_ALL), and the command gets back what was set. It also gets SSH_CONNECTION, which
 * methods take away: by that a stop finds what has left its session and its parents.
 */
export function becomeLine(line: BecomeLine): string {
  const { become, marks, isOnTty } = line;
  return shellLine(
    [
      'muster_lc=${LC_ALL-}; LC_ALL=C; export LC_ALL;',
      become.method === 'su' ? EXPORT : '',
      say(marks.asking, isOnTty),
      `exec ${method(line)}`,
    ].join(' '),
  );
}

function method(line: BecomeLine): string {
  const { become, marks, mayAsk, isOnTty } = line;
  const user = quote(become.user);
  switch (become.method) {
    case 'sudo': {
      const asked = mayAsk ? `-S -p ${marks.prompt}` : '-n';
      return `sudo -H ${asked} -u ${user} -- ${shellWith(line)}`;
    }
    case 'doas':
      // It asks nobody but a terminal: to let it try without would count as a failed login.
      return `doas ${mayAsk && isOnTty ? '' : '-n '}-u ${user} -- ${shellWith(line)}`;
    case 'su':
      // Its argument is read by the other user's login shell; what may follow it, systems differ in.
      return `su ${user} -c ${quote(shellLine(`${IMPORT} ${inner(line)}`))}`;
  }
}

function shellWith(line: BecomeLine): string {
  return `/bin/sh -c ${quote(inner(line))} sh "\${SSH_CONNECTION-}" "$muster_lc" $$ $PPID`;
}

/** What the other user's shell does. */
function inner({ marks, command, isOnTty }: BecomeLine): string {
  return [
    '[ -z "$1" ] || { SSH_CONNECTION=$1; export SSH_CONNECTION; };',
    'if [ -n "$2" ]; then LC_ALL=$2; else unset LC_ALL; fi;',
    say(marks.ready, isOnTty),
    `IFS= read -r muster_go && [ "$muster_go" = ${marks.go} ] || exit 1;`,
    'unset muster_go;',
    command === null
      ? 'exec /bin/sh -s "$3" "$4" 2>/dev/null'
      : `exec /bin/sh -c ${quote(command)}`,
  ].join(' ');
}

function say(mark: string, isOnTty: boolean): string {
  return isOnTty ? `${sayWord(mark)};` : `${sayWord(mark)}; ${sayWord(mark)} >&2;`;
}

/** A line for any login shell that has /bin/sh run a program. */
function shellLine(program: string): string {
  return `exec /bin/sh -c 'eval "$(printf %b "$1")"' sh '${printable(program)}'`;
}

/** su keeps the environment, and takes no arguments that everybody reads alike. */
const EXPORT = 'muster_top=$$; muster_server=$PPID; export muster_lc muster_top muster_server;';
const IMPORT =
  'set -- "${SSH_CONNECTION-}" "$muster_lc" "$muster_top" "$muster_server"; unset muster_lc muster_top muster_server;';
