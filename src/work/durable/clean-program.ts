import { DONE_READING } from '../wrap/reader.ts';
import { ALIVE, PLACES, QUIET, STATUS } from './folder.ts';

export interface Cleaning {
  /** Minutes: what was written to since stays; 0: nothing does. */
  readonly olderThan: number;
  /** Nothing is removed. */
  readonly isDry: boolean;
}

/**
 * Shell: removes what is left of durable commands that run no more and that nothing was written to for so long. Says each
 * file's size, `bytes N`, and of each command `removed`, `failed`, `kept`, or `running`; at last `done`.
 *
 * A home may be shared by hosts, and then a command of another one is not among the processes here: while it runs, its
 * supervisor writes to its folder every few seconds, and so its folder is never old. A folder that no supervisor has been in
 * may be that of a command whose input is on its way.
 */
export function cleanProgram({ olderThan, isDry }: Cleaning): string {
  const days = Math.ceil(olderThan / MINUTES_A_DAY);
  return `${QUIET}
${PLACES}
${ALIVE}
${STATUS}
${DONE_READING}
muster_by_minute=
[ -n "$(find / -prune -mmin +0; find / -prune -mmin -1)" ] && muster_by_minute=1
# Whether anything in it is as young as so many minutes, or that cannot be told.
muster_is_young() {
  [ "$1" != 0 ] || return 1
  if [ -n "$muster_by_minute" ]; then
    muster_young=$(find "$muster_dir" -mmin "-$1") || return 0
  else
    muster_young=$(find "$muster_dir" -mtime "-$2") || return 0
  fi
  [ -n "$muster_young" ]
}
muster_weigh() {
  ls -lnA "$muster_dir" | while read -r muster_mode muster_links muster_uid muster_gid muster_size muster_rest; do
    case $muster_mode in -*) echo "bytes $muster_size" ;; esac
  done
}
muster_clean() {
  if ! muster_status && { muster_alive || muster_lives process; }; then echo running; return; fi
  if muster_is_young ${olderThan} ${days}; then echo kept; return; fi
  if [ ! -s "$muster_dir/supervisor" ] && muster_is_young ${MINUTES_OF_GRACE} 1; then echo kept; return; fi
  muster_weigh
  ${isDry ? 'echo removed' : 'if rm -rf "$muster_dir"; then echo removed; else echo failed; fi'}
}
for muster_base in "$muster_own" /var/tmp/muster-*; do
  muster_is_safe "$muster_base" || continue
  for muster_dir in "$muster_base"/*; do
    muster_id=\${muster_dir##*/}
    case $muster_id in ????????-????-????-????-????????????) ;; *) continue ;; esac
    ! muster_is_ours "$muster_dir" || muster_clean
  done
done
echo 'done'
exit 0`;
}

const MINUTES_A_DAY = 1_440;
const MINUTES_OF_GRACE = 60;
