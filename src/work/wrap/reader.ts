import { randomUUID } from 'node:crypto';
import { sayWord } from '../say-word.ts';

/**
 * The line for a login shell of whatever kind: a POSIX shell that reads one line from its standard input and runs it. What
 * is to be run comes that way, and not in an argument: there it needs no quoting for the login shell, has no bound, and
 * nobody else on the host can see it. `read` takes bytes up to the end of the line and none beyond it (XCU read), so
 * whatever follows is left for the command.
 */
export function readerLine(shell = '/bin/sh'): string {
  return `exec ${shell} -c 'done_reading() { :; }; ${READ}' sh`;
}

/** What a reader says when it can take what is for itself, and when it has taken that and the command's input may come. */
export interface ReaderMarks {
  readonly ready: string;
  readonly done: string;
}

/**
 * The same where its input may be a terminal, which would echo what comes, cut long lines, and take some bytes for keys.
 * Until the reader has what it needs, the terminal is made to hand on every byte as it is.
 */
export function waitingReaderLine({ ready, done }: ReaderMarks, shell = '/bin/sh'): string {
  const program = [
    'muster_tty=',
    'if [ -t 0 ]; then muster_tty=$(stty -g); stty raw -echo; fi',
    `done_reading() { [ -z "$muster_tty" ] || stty "$muster_tty"; ${sayWord(done)}; }`,
    sayWord(ready),
    READ,
  ].join('; ');
  return `exec ${shell} -c '${program}' sh`;
}

/**
 * For a program of a reader's: what comes next on its input is the command's. Variables of ours all begin with `muster_`:
 * another one may be in the environment, and would be changed there.
 */
export const DONE_READING = 'done_reading';

/**
 * What goes ahead of a command's own input for `readerLine` to run: a program for a POSIX shell, of any length. It is taken
 * by its length, and run whole or not at all: where contact is lost on the way, its end is missing.
 */
export function readerInput(program: string): Buffer {
  const end = `: muster-${randomUUID()}`;
  const whole = Buffer.from(`${program}\n${end}`);
  const first = [
    // Not every login has a PATH. One process, where it can be: they are dear.
    `muster_dd() { PATH=${SEARCHED}; exec dd "$@" 2>/dev/null; }`,
    `muster_all=$(muster_dd ${asOneBlock(whole.length)}) || muster_all=$(muster_dd ${byByte(whole.length)})`,
    `case $muster_all in *"${end}") eval "$muster_all" ;; esac`,
    `exit ${NOT_BEGUN}\n`,
  ];
  return Buffer.concat([Buffer.from(first.join('; ')), whole]);
}

/**
 * Shell: hands on so many bytes of the input, and takes none beyond them. As one block where dd(1) can wait for a block to
 * be full, and says that it cannot before it takes any; else byte by byte, which is slow, and POSIX.
 */
export function takeBytes(count: number): string {
  return `{ dd ${asOneBlock(count)} || dd ${byByte(count)}; }`;
}

function asOneBlock(count: number): string {
  return `bs=${count} count=1 iflag=fullblock`;
}

function byByte(count: number): string {
  return `bs=1 count=${count}`;
}

/** Shell: where what a program of ours needs is looked for at last, too. */
export const SEARCHED = '${PATH:+$PATH:}/usr/bin:/bin';

/**
 * The exit status where what a command needs could not be made ready on its host, and the command did not begin: as of
 * env(1) and timeout(1), when they fail themselves.
 */
export const NOT_BEGUN = 125;

const READ = `IFS= read -r muster_first || exit ${NOT_BEGUN}; eval "$muster_first"`;
