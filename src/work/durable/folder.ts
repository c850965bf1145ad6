import { compact } from '../compact.ts';
import { quote } from '../quote.ts';
import { SEARCHED } from '../wrap/reader.ts';

/**
 * Shell: where a user's durable commands are kept on a host, each in a folder named by its child's UUID (`$muster_id`). It is
 * the user's own, and nobody else may enter it. `look` sets `muster_dir` to that of this command, and is false where there
 * is none; `make` makes it. Not every home can be written, so there is a second place; one that belongs to somebody else,
 * that others may write to, or that is a link, is none.
 */
export function folderPart(id: string): string {
  return compact(`muster_id=${quote(id)}
${PLACES}
muster_here() { muster_dir=$muster_base/$muster_id; muster_is_ours "$muster_dir" && muster_is_safe "$muster_base"; }
muster_new() {
  [ ! -e "$muster_base" ] || muster_is_ours "$muster_base" || return 1
  (umask 077; exec mkdir -p "$muster_base/$muster_id") & muster_making=$!
  # Meanwhile: each process takes its time.
  muster_is_safe "$muster_base"
  wait "$muster_making" || return 1
  muster_here && [ -w "$muster_dir" ] && return 0
  rmdir "$muster_base/$muster_id"
  return 1
}
look() {
  for muster_base in "$muster_own" /var/tmp/muster-*; do muster_here && return 0; done
  return 1
}
make() {
  muster_base=$muster_own
  [ -n "$muster_base" ] && muster_new && return 0
  muster_base=/var/tmp/muster-$(id -u)
  muster_new
}
`);
}

/** Shell: `muster_own`, where all of them are kept; empty: nowhere in a home. Relative places are none (XDG, HOME). */
export const PLACES = `muster_own=
case \${XDG_STATE_HOME:-} in
  /*) muster_own=$XDG_STATE_HOME/muster/durable ;;
  *) case \${HOME:-} in /*) muster_own=$HOME/.local/state/muster/durable ;; esac ;;
esac
muster_is_ours() { [ -d "$1" ] && [ ! -L "$1" ] && [ -O "$1" ]; }
muster_is_safe() {
  muster_is_ours "$1" || return 1
  # Looked at already; from then on only its owner can change it. A process is dear.
  [ "$1" != "$muster_safe" ] || return 0
  # Neither its group nor others may write there (XCU ls).
  case $(ls -ld "$1") in d????-??-?*) muster_safe=$1; return 0 ;; esac
  return 1
}
muster_safe=
`;

/**
 * Shell: what a shell says of its own, as of a file that is gone all of a sudden, is nothing of the command's: only what is
 * written to 5 comes to the controller as errors. Not every login has a PATH.
 */
export const QUIET: string = `exec 5>&2 2>/dev/null
case :$PATH: in *:/bin:*|*:/usr/bin:*) ;; *) muster_path=$PATH PATH=${SEARCHED}; export muster_path PATH ;; esac`;

/** Shell: the command's PATH is the login's. */
export const OWN_PATH = '[ -z "${muster_path+set}" ] || { PATH=$muster_path; unset muster_path; }';

/** Shell: how the command in `muster_dir` ended; false where it has not, as far as is written. */
export const STATUS = `muster_status() {
  muster_how= muster_what= muster_more= muster_last=
  [ -r "$muster_dir/status" ] && read -r muster_how muster_what muster_more muster_last <"$muster_dir/status"
  [ "$muster_more" = end ] || [ "$muster_last" = end ] || return 1
  # Some shells read byte by byte, and it is written in place: one that began as \`running\` is looked at again.
  case $muster_how in exit|signal) return 0 ;; esac
  return 1
}
`;

/**
 * Shell: sets `muster_start` to when a process began (proc(5), in ticks), and `-` where the host does not tell; of `self`,
 * `muster_own_pid` to its number, and to that of the shell where the host does not tell.
 */
export const BORN = `muster_born() {
  muster_stat= muster_start=-
  [ -r "/proc/$1/stat" ] && IFS= read -r muster_stat <"/proc/$1/stat"
  muster_own_pid=\${muster_stat%% *}
  muster_own_pid=\${muster_own_pid:-$$}
  muster_stat=\${muster_stat##*) }
  set -f; set -- $muster_stat; set +f
  [ $# -le 19 ] || { shift 19; muster_start=$1; }
}
`;

/**
 * Shell: whether the `supervisor`, or the `process` of the command, of `muster_dir` is there still. Its number alone does not
 * say: after a restart another process may have it. So the time of its start has to be the same, or, where the host does not
 * tell that, it has to have the command's UUID in its arguments, as the supervisor has.
 */
export const ALIVE: string = compact(`${BORN}
muster_lives() {
  muster_pid= muster_when=
  [ -r "$muster_dir/$1" ] && read -r muster_pid muster_when <"$muster_dir/$1"
  [ -n "$muster_when" ] && kill -0 "$muster_pid" || return 1
  if [ "$muster_when" = - ]; then
    [ "$muster_sure" != "$muster_pid" ] || return 0
    case $(ps -ww -o args= -p "$muster_pid") in *"$muster_id"*) muster_sure=$muster_pid ;; *) return 1 ;; esac
  else
    muster_born "$muster_pid"
    [ "$muster_start" = "$muster_when" ]
  fi
}
muster_sure=
muster_alive() { muster_lives supervisor; }
# Whether all of it is halted, as its supervisor is then.
muster_halted() {
  muster_alive || return 1
  [ "$muster_when" != - ] || muster_stat=$(ps -o stat= -p "$muster_pid")
  case $muster_stat in [Tt]*) return 0 ;; esac
  return 1
}
`);
