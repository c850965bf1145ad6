import type { StreamPlaces } from '../../model/ports/work.ts';
import { compact } from '../compact.ts';

/**
 * Shell: hands on what the command in `muster_dir` writes, its output as output and its errors as errors, from those bytes
 * on, until it has ended; then says how, behind a mark, among the errors. The files stay open, and so each piece begins
 * where the last one stopped. Between two looks it sleeps, longer when there is nothing new for long, and USR1 wakes it; a
 * look that finds neither file newer than the last one costs no process.
 *
 * What the command leaves running in the background may write on without end: handed on is what is there when it ended.
 *
 * Nobody may be listening any more: then it ends, when it has something to say, when another one follows, or when the
 * server's process above it is gone.
 */
export function followerPart({ mark, from }: FollowOptions): string {
  return compact(`muster_say() { printf '%s%s\\n' '${mark}' "$1" >&5; }
muster_skip() { [ "$1" = 0 ] || dd bs=1 skip="$1" count=0; }
muster_nap() {
  sleep "$1" </dev/null >/dev/null 3<&- 4<&- 5>&- & muster_napping=$!
  wait "$muster_napping"
  muster_slept=$?
  # Woken before its time.
  [ $muster_slept -le 128 ] || { kill -KILL "$muster_napping"; return 0; }
  return $muster_slept
}
# Not every sleep takes fractions.
muster_rest() { muster_nap "$1" || muster_nap 1 || exit 1; }
muster_hand() { dd bs=${BLOCK} count=${BLOCKS} || exit 1; }
# Whether there may be something new.
muster_is_new() { [ -s "$1" ] && { [ $((muster_looks % ${BLIND_LOOKS})) = 0 ] || ! [ "$muster_dir/seen" -nt "$1" ]; }; }
muster_drain() {
  muster_is_new "$muster_dir/out" && muster_out=1 || muster_out=
  muster_is_new "$muster_dir/err" && muster_err=1 || muster_err=
  [ -n "$muster_out$muster_err" ] || return 0
  echo >"$muster_dir/seen"
  [ -z "$muster_out" ] || muster_hand <&3
  [ -z "$muster_err" ] || muster_hand <&4 >&5
}
# So many pieces as there were when it ended: the size comes without its last six digits, as not every shell counts so far.
muster_last_of() {
  [ -s "$1" ] || return 0
  muster_turns=
  while muster_got=$(dd bs=${BLOCK} count=${BLOCKS} 2>&1 >&6) || exit 1; do
    case $muster_got in ${BLOCKS}+0*) ;; *) return 0 ;; esac
    if [ -z "$muster_turns" ]; then muster_turns=$(wc -c <"$1"); muster_turns=$((\${muster_turns%??????} / ${PIECE_MB} + 1)); fi
    [ $muster_turns -gt 0 ] || return 0
    muster_turns=$((muster_turns - 1))
  done
}
# Only the latest one goes on: the others' connections are gone.
muster_is_latest() {
  muster_other=
  [ -r "$muster_dir/follower" ] && read -r muster_other <"$muster_dir/follower"
  case $muster_other in ''|'${mark}') return 0 ;; esac
  return 1
}
# Sets muster_line to the processes above this one, up to the server's that has the connection.
muster_above() {
  muster_line= muster_up=$$
  while [ "$muster_up" -gt 1 ] && [ -r "/proc/$muster_up/stat" ] && IFS= read -r muster_stat <"/proc/$muster_up/stat"; do
    muster_line="$muster_line $muster_up"
    case $muster_stat in *' (sshd'*|*' (dropbear'*) return 0 ;; esac
    muster_stat=\${muster_stat##*) }
    muster_stat=\${muster_stat#* }
    muster_up=\${muster_stat%% *}
  done
  muster_line="$muster_line $muster_up"
  [ -e /proc/self/stat ] || kill -0 "$PPID" || muster_line=alone
}
# Where there is no supervisor yet, it is about to be.
muster_is_gone() {
  [ -s "$muster_dir/supervisor" ] || [ -e "$muster_dir/full" ] || [ $muster_looks -gt ${PATIENCE} ] || return 1
  ! muster_alive && ! muster_status
}
muster_follow() {
  trap : USR1
  muster_final= muster_step=0 muster_looks=0
  echo '${mark}' >"$muster_dir/follower"
  muster_above
  muster_was=$muster_line
  until [ -e "$muster_dir/out" ] && [ -e "$muster_dir/err" ]; do
    read -r muster_lease <"$muster_dir/lease"
    [ "$muster_lease" != removed ] || { muster_say none; return 0; }
    muster_looks=$((muster_looks + 1))
    [ $muster_looks -le ${PATIENCE} ] || { muster_say gone; return 0; }
    muster_rest 0.1
  done
  exec 3<"$muster_dir/out" 4<"$muster_dir/err" 6>&1 || exit 1
  muster_skip ${from.output} <&3
  muster_skip ${from.error} <&4
  while :; do
    if muster_status; then
      muster_final="end $muster_how $muster_what $muster_more"
    elif muster_is_gone; then
      muster_final=gone
      [ ! -e "$muster_dir/full" ] || muster_final='end signal KILL full end'
    fi
    [ -z "$muster_final" ] || break
    muster_is_latest || exit 1
    if [ $((muster_looks % ${BLIND_LOOKS})) = 1 ]; then
      muster_above
      [ "$muster_line" = "$muster_was" ] || exit 1
    fi
    muster_drain
    [ -z "$muster_out$muster_err" ] || [ $muster_step -lt 3 ] || muster_step=3
    case $muster_step in
      0) muster_rest 0.02 ;; 1) muster_rest 0.05 ;; 2) muster_rest 0.1 ;;
      *) if [ $muster_step -lt ${QUIET_LOOKS} ]; then muster_rest 0.2; else muster_rest 1; fi ;;
    esac
    muster_step=$((muster_step + 1)) muster_looks=$((muster_looks + 1))
  done
  # zsh runs a trap in the midst of what it says, and says that twice then.
  trap '' USR1
  muster_last_of "$muster_dir/out" <&3
  muster_last_of "$muster_dir/err" <&4 6>&5
  muster_say "$muster_final"
}
`);
}

export interface FollowOptions {
  /** Letters, digits, \`-\` and \`:\`; new for each. */
  readonly mark: string;
  /** So many bytes of each were received already. */
  readonly from: StreamPlaces;
}

/** Looks, for a supervisor that should be there any moment: some ten seconds. */
const PATIENCE = 50;
/** After so many the files are read whatever their times say: clocks are set back, and other hosts' are not ours. */
const BLIND_LOOKS = 25;
/** Without news for so many, it looks once a second. */
const QUIET_LOOKS = 100;
/** Bytes at once, and how often before the other stream has its turn: 64 MiB, counted in millions. */
const BLOCK = 262_144;
const BLOCKS = 256;
const PIECE_MB = 67;
