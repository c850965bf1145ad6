import { ALIVE } from './folder.ts';

/**
 * The supervisor: a POSIX shell in a session of its own, which runs the command in the foreground (in the background a shell
 * has it ignore INT and QUIT), keeps its output and errors in files, and writes down how it ended. It needs nobody to listen.
 *
 * In its folder:
 *   lease       made by who began the command; never made twice
 *   run         this program
 *   command     the program that becomes the command
 *   in          its input, whole before it begins; not there: none
 *   out, err    what it wrote
 *   supervisor  the supervisor's number, and when it began
 *   process     the same of the command
 *   said        what the shell said of the command's death
 *   full        there, where the disk had no room left
 *   status      `running`; then `exit N` or `signal NAME`, perhaps `full`, and `end`, which says that it is whole
 *
 * A trap that does nothing is the default again in the command; a signal that is ignored would be ignored there as well.
 */
export function supervisorProgram(options: SupervisorOptions = SUPERVISOR_DEFAULTS): string {
  const { floorKb, watchSeconds } = options;
  return `muster_dir=\${0%/*}
trap : HUP INT QUIT TERM PIPE USR1
exec 2>"$muster_dir/said"
${ALIVE}
muster_born $$
echo "$$ $muster_start" >"$muster_dir/supervisor"
# Its room is taken now: the end can be written down also where the disk is full by then.
printf '%-63s\\n' running >"$muster_dir/status"
muster_room() {
  muster_free=$(df -Pk "$muster_dir" 2>/dev/null) || return 0
  muster_free=\${muster_free##*
}
  set -f; set -- $muster_free; set +f
  # A name with blanks in front would move them: then nothing is known.
  case $4 in ''|*[!0-9]*) return 0 ;; esac
  [ "$4" -ge ${floorKb} ]
}
muster_nap() {
  sleep "$1" </dev/null >/dev/null 2>&1 & muster_napping=$!
  wait "$muster_napping"
}
muster_watch() {
  trap 'kill "$muster_napping" 2>/dev/null; exit 0' TERM
  while muster_nap ${watchSeconds}; muster_room; do :; done
  : >"$muster_dir/full"
  read -r muster_pid muster_when <"$muster_dir/process"
  kill -TERM "$muster_pid"
  muster_nap 5
  kill -KILL "$muster_pid"
}
muster_watch >/dev/null 2>&1 &
muster_watcher=$!
/bin/sh "$muster_dir/command"
muster_status=$?
muster_end="exit $muster_status"
# Of a signal that killed it a shell speaks; of a status above 128 it does not.
if [ "$muster_status" -gt 128 ] && [ -s "$muster_dir/said" ]; then
  [ "$muster_status" -le 256 ] || muster_status=$((muster_status - 128))
  muster_name=$(kill -l "$((muster_status - 128))") && muster_end="signal \${muster_name#SIG}"
fi
kill -TERM "$muster_watcher"
# What cannot be written now was perhaps not written before.
printf '%4096s' '' >"$muster_dir/probe" || : >"$muster_dir/full"
[ ! -e "$muster_dir/full" ] || muster_end="$muster_end full"
printf '%-63s\\n' "$muster_end end" 1<>"$muster_dir/status"
`;
}

export interface SupervisorOptions {
  /** Kilobytes that have to stay free where the output is kept; below, the command is ended. */
  readonly floorKb: number;
  /** How often that is looked at. */
  readonly watchSeconds: number;
}

export const SUPERVISOR_DEFAULTS: SupervisorOptions = { floorKb: 16_384, watchSeconds: 5 };
