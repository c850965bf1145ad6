import { quote } from '../quote.ts';

/**
 * Shell: where a user's durable commands are kept on a host, each in a folder named by its child's UUID (`$muster_id`). It is
 * the user's own, and nobody else may enter it. `look` sets `muster_dir` to that of this command, and is false where there
 * is none; `make` makes it. Not every home can be written, so there is a second place; one that belongs to somebody else,
 * or is a link, is none.
 */
export function folderPart(id: string): string {
  return `umask 077
muster_id=${quote(id)}
muster_bases() {
  muster_base=\${XDG_STATE_HOME:-\${HOME:-/}/.local/state}/muster/durable
  "$1" && return 0
  muster_base=/var/tmp/muster-$(id -u)
  "$1"
}
muster_is_ours() { [ -d "$1" ] && [ ! -L "$1" ] && [ -O "$1" ]; }
muster_here() { muster_dir=$muster_base/$muster_id; muster_is_ours "$muster_base" && muster_is_ours "$muster_dir"; }
muster_new() { mkdir -p "$muster_base/$muster_id" 2>/dev/null && muster_here && [ -w "$muster_dir" ]; }
look() { muster_bases muster_here; }
make() { muster_bases muster_new; }
`;
}

/** Shell: how the command in `muster_dir` ended; false where it has not, as far as is written. */
export const STATUS = `muster_status() {
  muster_how= muster_what= muster_more= muster_last=
  [ -r "$muster_dir/status" ] && read -r muster_how muster_what muster_more muster_last <"$muster_dir/status"
  [ "$muster_more" = end ] || [ "$muster_last" = end ]
}
`;

/**
 * Shell: whether the supervisor of `muster_dir` is there still. Its number alone does not say: after a restart another
 * process may have it, so where the host tells (proc(5)), the time of its start has to be the same.
 */
export const ALIVE = `muster_born() {
  muster_stat=
  [ -r "/proc/$1/stat" ] && IFS= read -r muster_stat <"/proc/$1/stat"
  muster_stat=\${muster_stat##*) }
  set -f; set -- $muster_stat; set +f
  muster_start=-
  [ $# -le 19 ] || { shift 19; muster_start=$1; }
}
muster_alive() {
  muster_pid= muster_when=
  [ -r "$muster_dir/supervisor" ] && read -r muster_pid muster_when <"$muster_dir/supervisor"
  [ -n "$muster_when" ] && kill -0 "$muster_pid" 2>/dev/null || return 1
  muster_born "$muster_pid"
  [ "$muster_start" = "$muster_when" ]
}
`;
