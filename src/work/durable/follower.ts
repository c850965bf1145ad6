import type { StreamPlaces } from '../../model/ports/work.ts';

/**
 * Shell: hands on what the command in `muster_dir` writes, its output as output and its errors as errors, from those bytes
 * on, until it has ended; then says how, behind a mark, among the errors. The files stay open, and so each `cat` goes on
 * where the last one stopped. Between two looks it sleeps, USR1 wakes it; a look that finds neither file newer than the
 * last one costs no process.
 *
 * Nobody may be listening any more: then it ends, at the latest when it has something to say.
 */
export function followerPart({ mark, from }: FollowOptions): string {
  return `muster_say() { printf '%s%s\\n' '${mark}' "$1" >&2; }
muster_skip() { [ "$1" = 0 ] || dd bs=1 skip="$1" count=0 2>/dev/null; }
muster_nap() {
  sleep "$1" </dev/null >/dev/null 2>&1 3<&- 4<&- & muster_napping=$!
  wait "$muster_napping"
}
# Not every sleep takes fractions.
muster_rest() {
  muster_nap "$1"
  case $? in 0) ;; 1) muster_nap 1 ;; *) kill "$muster_napping" 2>/dev/null ;; esac
}
muster_drain() {
  if [ -z "$muster_final" ] && [ "$muster_dir/seen" -nt "$muster_dir/out" ] && [ "$muster_dir/seen" -nt "$muster_dir/err" ]; then
    return 0
  fi
  { echo >"$muster_dir/seen"; } 2>/dev/null
  cat <&3 && cat <&4 >&2 || exit 1
}
# Only the latest one goes on: the others' connections are gone.
muster_is_latest() {
  muster_other=
  [ -r "$muster_dir/follower" ] && read -r muster_other <"$muster_dir/follower"
  [ "$muster_other" = '${mark}' ]
}
# Where there is no supervisor yet, it is about to be.
muster_is_gone() {
  [ -s "$muster_dir/supervisor" ] || [ $muster_step -gt ${PATIENCE} ] || return 1
  ! muster_alive && ! muster_status
}
muster_follow() {
  muster_final= muster_step=0
  trap : USR1
  exec 3<"$muster_dir/out" 4<"$muster_dir/err" || exit 1
  { echo '${mark}' >"$muster_dir/follower"; } 2>/dev/null
  muster_skip ${from.output} <&3
  muster_skip ${from.error} <&4
  while :; do
    if muster_status; then
      muster_final="end $muster_how $muster_what $muster_more"
    elif muster_is_gone; then
      muster_final=gone
    fi
    muster_drain
    [ -z "$muster_final" ] || break
    muster_is_latest || exit 1
    case $muster_step in 0) muster_rest 0.02 ;; 1) muster_rest 0.05 ;; 2) muster_rest 0.1 ;; *) muster_rest 0.2 ;; esac
    muster_step=$((muster_step + 1))
  done
  muster_say "$muster_final"
}
`;
}

export interface FollowOptions {
  /** Letters, digits, \`-\` and \`:\`; new for each. */
  readonly mark: string;
  /** So many bytes of each were received already. */
  readonly from: StreamPlaces;
}

/** Looks, for a supervisor that should be there any moment: some ten seconds. */
const PATIENCE = 50;
