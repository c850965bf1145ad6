import { ConfigError } from '../../model/errors.ts';
import { quote } from '../quote.ts';
import { SET_VARIABLES } from '../wrap/program.ts';
import { NOT_BEGUN, takeBytes } from '../wrap/reader.ts';
import type { Interpreter } from './interpreter.ts';

/** How a script gets to its interpreter. */
export type Via = 'file' | 'stdin';

/** What a script is run with and given. */
export interface Call {
  readonly interpreter: Interpreter;
  /** What it is called here. */
  readonly file: string;
  readonly args: readonly string[];
  /** The script's length. */
  readonly bytes: number;
  /** New for each child: letters, digits and `-`. */
  readonly id: string;
}

/** What a program does of it: sets the positional parameters to the call's words, and runs them. */
export interface Delivery {
  readonly words: string;
  /** Absent: it becomes them. */
  readonly run?: string;
}

/** The script is the interpreter's standard input. Throws ConfigError where it is not known how that is told. */
export function overStdin({ interpreter, args }: Pick<Call, 'interpreter' | 'args'>): Delivery {
  const told = READS_STDIN.find(({ names }) => names.has(interpreter.name))?.told;
  if (told === undefined) {
    throw new ConfigError(
      'usage',
      `it is not known how ${interpreter.name} is given a script on its standard input`,
      { hint: 'as a file it can be: --via file' },
    );
  }
  // Some ways to become another user have a terminal: there a shell would prompt for more, and wait for ever.
  const refusal = `[ ! -t 0 ] || fail 'a script over stdin cannot be on a terminal: --via file can'`;
  return { words: `${refusal}\n${setWords([...interpreter.words, ...told], null, args)}` };
}

/**
 * The script is a file in a folder that only its user can enter; both are gone as soon as the file is open, before anything
 * was written into it: the interpreter reads it by its descriptor (`/dev/fd/9`), and nothing that happens can leave it
 * behind. An interpreter that wants the path of a file, or a host without /dev/fd, gets it under its name, and a shell
 * stays and removes it.
 */
export function asFile(call: Call): Delivery {
  const { interpreter, args, bytes } = call;
  const byDescriptor = wantsName(call) ? 'false' : '[ -r /dev/fd/9 ]';
  const words = [
    'muster_mode=$(umask)',
    'umask 077',
    `for muster_folder in ${folders(call)}; do`,
    '  mkdir "$muster_folder" 2>/dev/null && break; muster_folder=',
    'done',
    `[ -n "$muster_folder" ] || fail 'no private folder can be made in /tmp, /var/tmp or the home: --via stdin needs none'`,
    `clean() { rm -rf "$muster_folder"; exit ${NOT_BEGUN}; }`,
    `trap clean 0 HUP INT TERM`,
    `muster_file=$muster_folder/${fileName(call)}`,
    // A script may call itself again.
    'exec 8>"$muster_file" 9<"$muster_file" 7<"$muster_file"; chmod 700 "$muster_file"',
    `if ${byDescriptor}; then`,
    '  rm -rf "$muster_folder"; muster_folder=; muster_file=/dev/fd/9',
    'fi',
    'umask "$muster_mode"',
    `${takeBytes(bytes)} >&8 2>/dev/null`,
    `[ $(wc -c <&7) -eq ${bytes} ] || fail 'the script did not come whole: is there room in /tmp?'`,
    'exec 7<&- 8>&-',
    setWords(interpreter.words, '"$muster_file"', args),
  ];
  return { words: words.join('\n'), run: RUN };
}

/** Whether the interpreter reads a file only by its name. */
export function wantsName({ interpreter }: Pick<Call, 'interpreter'>): boolean {
  return !READS_DESCRIPTOR.has(interpreter.name);
}

/** Removes what a file under its name would have left behind, had its shell been killed. */
export function removalLine(call: Pick<Call, 'id'>): string {
  return `for muster_folder in ${folders(call)}; do rm -rf "$muster_folder"; done`;
}

/** Of the private folder. */
export function folderName({ id }: Pick<Call, 'id'>): string {
  return `muster-${id}`;
}

/** As it is here, which may tell its interpreter what is in it (`.ts`), and tells people; nothing that a shell reads. */
function fileName({ file }: Call): string {
  const name = file.slice(file.lastIndexOf('/') + 1).replaceAll(/[^\w.-]/gu, '_');
  return /^\w/u.test(name) && name.length <= LONGEST_NAME ? name : 'script';
}

/** Not every host has room in the same place. */
function folders(call: Pick<Call, 'id'>): string {
  return ['${TMPDIR:-/tmp}', '/tmp', '/var/tmp', '${HOME:-/}']
    .map((folder) => `"${folder}/${folderName(call)}"`)
    .join(' ');
}

function setWords(
  before: readonly string[],
  file: string | null,
  after: readonly string[],
): string {
  return [
    'set --',
    ...before.map(quote),
    ...(file === null ? [] : [file]),
    ...after.map(quote),
  ].join(' ');
}

/**
 * Where the file has a name still, the shell waits for the interpreter, to remove it; signals are for the interpreter, and
 * one that kills it kills the shell, too, so that the end is told as it was.
 */
const RUN = `if [ -z "$muster_folder" ]; then
  ${SET_VARIABLES}
  trap - 0 HUP INT TERM
  exec "$@" 9<&9
fi
exec 9<&-
trap : HUP INT PIPE QUIT TERM
# What a shell says of a signal that killed a program is nothing of the script's.
exec 7>&2 2>/dev/null
( ${SET_VARIABLES}; exec "$@" 2>&7 7>&- )
muster_status=$?
trap - 0 HUP INT PIPE QUIT TERM
rm -rf "$muster_folder"
[ $muster_status -le 256 ] || muster_status=$((muster_status - 128))
if [ $muster_status -gt 128 ] && muster_signal=$(kill -l $((muster_status - 128)) 2>/dev/null); then
  ulimit -c 0
  kill -s "$muster_signal" $$
fi
exit $muster_status`;

const LONGEST_NAME = 100;
/** Those that open what they are told by its name, once, and look no further. csh closes descriptors, node wants a path. */
const READS_DESCRIPTOR: ReadonlySet<string> = new Set([
  'sh',
  'bash',
  'dash',
  'ash',
  'zsh',
  'ksh',
  'mksh',
  'fish',
  'python',
  'perl',
  'ruby',
  'php',
  'lua',
  'tclsh',
  'awk',
  'gawk',
  'mawk',
  'sed',
]);
const READS_STDIN: readonly {
  readonly names: ReadonlySet<string>;
  readonly told: readonly string[];
}[] = [
  { names: new Set(['sh', 'bash', 'dash', 'ash', 'zsh', 'ksh', 'mksh']), told: ['-s', '--'] },
  { names: new Set(['python', 'perl', 'ruby', 'node', 'lua']), told: ['-'] },
];
