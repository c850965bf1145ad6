import { quote } from '../quote.ts';
import { DONE_READING, NOT_BEGUN } from '../wrap/reader.ts';
import { ALIVE, BORN, folderPart, OWN_PATH, QUIET, STATUS } from './folder.ts';
import { followerPart, type FollowOptions } from './follower.ts';
import { logoutPart } from './logout.ts';
import { SUPERVISOR_DEFAULTS, supervisorProgram, type SupervisorOptions } from './supervisor.ts';

/** Which durable command a program is about, and how it tells what it has to say. */
export interface Session extends FollowOptions {
  /** The child's `instanceId`: the lease on beginning its command goes by this. */
  readonly id: string;
}

export interface Beginning extends Session {
  /** The program that becomes the command. */
  readonly command: string;
  /** Its input comes in pieces behind this program: see `inputPieces`. */
  readonly hasInput: boolean;
  readonly supervisor?: SupervisorOptions;
}

/**
 * Shell: begins the command unless it was begun already, however often this is sent, and follows it. Says `began`, or
 * `attached`; `fail` and why, where nothing of it could be begun.
 */
export function beginProgram(beginning: Beginning): string {
  const { command, hasInput, supervisor = SUPERVISOR_DEFAULTS } = beginning;
  return [
    QUIET,
    folderPart(beginning.id),
    ALIVE,
    STATUS,
    followerPart(beginning),
    logoutPart(),
    FAIL,
    DONE_READING,
    `muster_put() { printf '%s\\n' "$2" >"$muster_dir/$1" || muster_fail ${NO_ROOM}; }`,
    `if ! look || [ ! -e "$muster_dir/lease" ]; then`,
    `make || fail 'no private folder can be made on the host'`,
    ...(hasInput ? [TAKE_INPUT] : []),
    // From here on it goes on also where its connection is lost: who takes the lease begins the command.
    'trap : HUP INT TERM PIPE',
    // Without clobbering a file is made by one alone (XCU 2.7.2). Nothing is written to it: on a full disk that would fail, as
    // if somebody else had made it.
    'set -C',
    `if true >"$muster_dir/lease"; then`,
    'set +C',
    // Nothing has begun, and whoever asks again may find room.
    `muster_fail() { rm -f "$muster_dir/lease"; fail "$1"; }`,
    'umask >"$muster_dir/umask"; umask 077',
    `muster_put run ${quote(supervisorProgram(supervisor))}`,
    `muster_put command ${quote(commandFile(command))}`,
    ...(hasInput ? [`mv "$muster_dir/in.$$" "$muster_dir/in" || muster_fail ${NO_INPUT}`] : []),
    `{ true >>"$muster_dir/err" && true >>"$muster_dir/out"; } || muster_fail ${NO_ROOM}`,
    BEGIN,
    'fi',
    `[ -e "$muster_dir/lease" ] || fail ${NO_ROOM}`,
    ...(hasInput ? ['rm -f "$muster_dir/in.$$"'] : []),
    'set +C',
    'trap - HUP INT TERM PIPE',
    'fi',
    ATTACHED,
    'muster_follow',
    'exit 0',
  ].join('\n');
}

/** Shell: goes on to follow it; says `attached`, and before that `note halted` where it is, or `none` where it is not there. */
export function attachProgram(session: Session): string {
  return [
    QUIET,
    folderPart(session.id),
    ALIVE,
    STATUS,
    followerPart(session),
    DONE_READING,
    'look || { muster_say none; exit 0; }',
    ATTACHED,
    'muster_follow',
    'exit 0',
  ].join('\n');
}

/**
 * Shell: removes all that is kept of it, unless it runs. With `keepLease` a folder stays, or is made, with the lease in it,
 * so that a beginning that is still on its way begins nothing.
 */
export function removeProgram(id: string, keepLease: boolean): string {
  const all = keepLease ? `"$muster_dir"/[!l]* "$muster_dir"/.[!.]*` : '"$muster_dir"';
  return [
    ...looking(id),
    keepLease ? 'look || make || exit 1' : 'look || exit 0',
    'if ! muster_status && muster_alive; then echo running; exit 1; fi',
    `muster_all() { rm -rf ${all}; }`,
    ...(keepLease
      ? [
          'muster_mark() { echo removed >"$muster_dir/lease"; }',
          // Where the disk is full there is room for that only when the rest has gone.
          'muster_mark || { muster_all && muster_mark; } || exit 1',
        ]
      : []),
    'muster_all',
    'exit $?',
  ].join('\n');
}

/**
 * Shell: makes sure that it does not begin any more, where it has not; else says where its supervisor is, or the command
 * where somebody killed that alone: `never`; `alive PID START`; `over`; `unknown` where no look could be had.
 */
export function findProgram(id: string): string {
  return [
    ...looking(id),
    'look || make || { echo unknown; exit 0; }',
    'set -C',
    `if echo removed >"$muster_dir/lease"; then echo never; exit 0; fi`,
    '[ -e "$muster_dir/lease" ] || { echo unknown; exit 0; }',
    // By who looked before.
    'muster_lease=; read -r muster_lease <"$muster_dir/lease"',
    '[ "$muster_lease" != removed ] || { echo never; exit 0; }',
    'muster_looks=0',
    `while [ ! -s "$muster_dir/supervisor" ] && [ $muster_looks -lt 50 ]; do`,
    'sleep 0.1 || { sleep 1; muster_looks=$((muster_looks + 9)); }',
    'muster_looks=$((muster_looks + 1))',
    'done',
    SAY_WHERE,
    'exit 0',
  ].join('\n');
}

/** Shell: says where it is, as `findProgram` does, of a command that has begun; `none` where nothing is known of it. */
export function lookProgram(id: string): string {
  return [...looking(id), 'look || { echo none; exit 0; }', SAY_WHERE, 'exit 0'].join('\n');
}

/** Shell: how a program begins that only looks at what is kept. */
function looking(id: string): readonly string[] {
  return [QUIET, folderPart(id), ALIVE, STATUS, DONE_READING];
}

/** What every process of a durable command has in its environment. */
export function traitOf(id: string): string {
  return `MUSTER_DURABLE=${id}`;
}

/** A command's input as `beginProgram` takes it: whole, or the command is not begun. */
export async function* inputPieces(
  input: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  for await (const bytes of input) {
    for (let at = 0; at < bytes.length; at += PIECE) {
      const piece = bytes.subarray(at, at + PIECE);
      yield Buffer.from(`${piece.length}\n`);
      yield piece;
    }
  }
  yield Buffer.from('0\n');
}

function commandFile(program: string): string {
  return [
    BORN,
    'muster_dir=${0%/*}',
    'muster_born self',
    'echo "$muster_own_pid $muster_start" >"$muster_dir/process"',
    'read -r muster_umask <"$muster_dir/umask" && umask "$muster_umask"',
    // Here, and not where it is run: there a shell would say what it has to say of its death among its errors.
    '[ ! -e "$muster_dir/in" ] || exec <"$muster_dir/in"',
    'exec >>"$muster_dir/out" 2>>"$muster_dir/err"',
    `MUSTER_DURABLE=\${muster_dir##*/}; export MUSTER_DURABLE`,
    'done_reading() { :; }',
    OWN_PATH,
    program,
  ].join('\n');
}

const ATTACHED = `! muster_halted || muster_say 'note halted'
muster_say attached`;
/** Also where its end is written down: a supervisor that was halted right behind that is there still. */
const SAY_WHERE = `if muster_alive || muster_lives process; then echo "alive $muster_pid $muster_when"
else echo over; fi`;

const FAIL = `fail() { muster_say "fail $1"; exit ${NOT_BEGUN}; }`;
const NO_ROOM = `'there is no room for its output on the host'`;
const NO_INPUT = `'there is no room for its input on the host'`;

const TAKE_INPUT = `muster_take() { { dd bs="$1" count=1 iflag=fullblock || dd bs=1 count="$1"; } >>"$muster_dir/in.$$"; }
true >"$muster_dir/in.$$"
while read -r muster_size && [ "$muster_size" != 0 ]; do
  muster_take "$muster_size" || { rm -f "$muster_dir/in.$$"; fail ${NO_INPUT}; }
done
[ "$muster_size" = 0 ] || { rm -f "$muster_dir/in.$$"; exit ${NOT_BEGUN}; }`;

/** A follower has no trap yet when it begins: what would wake it is ignored until then, and not its end. */
const BEGIN = `muster_say began
muster_logout
trap '' USR1
muster_follow & muster_follower=$!
trap - USR1
muster_session=
command -v setsid >/dev/null && muster_session=setsid
$muster_session /bin/sh "$muster_dir/run" </dev/null >/dev/null 2>&1 5>&-
kill -USR1 "$muster_follower"
wait "$muster_follower"
exit 0`;

/** Bytes. */
const PIECE = 262_144;
