import { compact } from '../compact.ts';
import { BORN, STATUS } from './folder.ts';

/**
 * The supervisor: a POSIX shell in a session of its own, which runs the command in the foreground (in the background a shell
 * has it ignore INT and QUIT), keeps its output and errors in files, and writes down how it ended. It needs nobody to listen.
 *
 * In its folder:
 *   lease       made by who began the command; never made twice. `removed`: all else is gone, or it is never to begin
 *   umask       that of the login, for the command
 *   run         this program
 *   command     the program that becomes the command
 *   in          its input, whole before it begins; not there: none
 *   out, err    what it wrote
 *   supervisor  the supervisor's number, and when it began
 *   process     the same of the command
 *   said        what the shell said of the command's death
 *   beat        new every few seconds while the command runs
 *   full        there, where the disk had no room left; without a status: not even for that
 *   status      `running`; then `exit N` or `signal NAME`, perhaps `full`, and `end`, which says that it is whole
 *
 * A trap that does nothing is the default again in the command; a signal that is ignored would be ignored there as well.
 * Where a file cannot be opened, a special built-in like `:` would end the shell (XCU 2.8.1); `true` does not.
 */
export function supervisorProgram(options: SupervisorOptions = SUPERVISOR_DEFAULTS): string {
  const { floorKb, watchSeconds } = options;
  return compact(`muster_dir=\${0%/*}
trap : HUP INT QUIT TERM PIPE USR1
exec 2>"$muster_dir/said"
${BORN}${STATUS}
muster_born $$
# The room of the status is taken now: the end can be written down also where the disk is full by then. Where it is full
# already nothing begins; a file without anything in it takes no room.
{ echo "$$ $muster_start" >"$muster_dir/supervisor" && printf '%-63s\\n' running >"$muster_dir/status"; } ||
  { true >"$muster_dir/full"; exit 1; }
muster_write() { printf '%-63s\\n' "$1 end" 1<>"$muster_dir/status"; }
muster_floor=${floorKb}
muster_room() {
  muster_free=$(df -Pk "$muster_dir") || return 0
  muster_free=\${muster_free##*
}
  set -f; set -- $muster_free; set +f
  # A name with blanks in front would move them: then nothing is known.
  case $4 in ''|*[!0-9]*) return 0 ;; esac
  # A place that is small from the begin has not become full.
  [ -n "$muster_looked" ] || [ "$4" -ge $muster_floor ] || muster_floor=$(($4 / 2))
  muster_looked=1
  [ "$4" -gt 0 ] && [ "$4" -ge $muster_floor ]
}
muster_nap() {
  sleep "$1" </dev/null &
  wait $!
}
muster_watch() {
  # Not TERM: a shell that has just forked may catch it for the program that it is about to become.
  trap 'kill -KILL $!; exit 0' TERM
  muster_looked=
  # One that comes between the fork and this trap is lost; by then it is written that the command has ended.
  ! muster_status || exit 0
  # The supervisor may be killed, and another process have its number.
  muster_since=$muster_start
  while muster_nap ${watchSeconds}; kill -0 $$ || exit 0
    muster_born $$; [ "$muster_start" = "$muster_since" ] || exit 0
    true >"$muster_dir/beat"; muster_room; do :; done
  true >"$muster_dir/full"
  trap '' TERM
  # The whole process group: what the command has begun goes on writing.
  kill -TERM 0
  muster_nap 5
  muster_write 'signal KILL full'
  kill -KILL 0
}
muster_watch >/dev/null 2>&1 &
muster_watcher=$!
# A process that is forked tells its own number only by proc(5); one less that is executed.
if [ -r /proc/self/stat ]; then (. "$muster_dir/command"); else /bin/sh "$muster_dir/command"; fi
muster_status=$?
muster_end="exit $muster_status"
# Of a signal that killed it a shell speaks, or has a status beyond 256; of a status above 128 it does not. No shell speaks
# of INT and PIPE, zsh of none, and mksh not of TERM: these count as statuses.
if [ "$muster_status" -gt 256 ] || { [ "$muster_status" -gt 128 ] && [ -s "$muster_dir/said" ]; }; then
  muster_status=$((muster_status % 128))
  muster_name=$(kill -l "$muster_status") && muster_name=\${muster_name#SIG}
  case $muster_name in ''|*[!A-Z0-9]*) muster_end="exit $((128 + muster_status))" ;; *) muster_end="signal $muster_name" ;; esac
fi
muster_full=
[ ! -e "$muster_dir/full" ] || muster_full=' full'
# What cannot be written now was perhaps not written before.
printf '%4096s' '' >"$muster_dir/probe" || muster_full=' full'
# Where even that wants room, as where nothing is ever written in place, some is made.
muster_write "$muster_end$muster_full" || { rm -f "$muster_dir/in" "$muster_dir/probe"; muster_write "$muster_end$muster_full"; }
kill -TERM "$muster_watcher"
`);
}

export interface SupervisorOptions {
  /** Kilobytes that have to stay free where the output is kept; below, the command is ended. */
  readonly floorKb: number;
  /** How often that is looked at. */
  readonly watchSeconds: number;
}

export const SUPERVISOR_DEFAULTS: SupervisorOptions = { floorKb: 16_384, watchSeconds: 5 };
