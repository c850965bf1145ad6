/**
 * Shell: the addresses. From ip(8), which busybox has too; else from ifconfig(8); and from proc(5), which knows of IPv4
 * addresses without their interfaces, where a small system has neither. A router's table may be endless, and is not read.
 */
export const NETWORK = `
muster_ifconfig() {
  muster_by_line
  for muster_line in $(ifconfig -a); do
    case $muster_line in
      ' '*inet*|'\t'*inet*|[!' \t']*) muster_say "ifconfig $muster_line" ;;
    esac
  done
  muster_by_word
}
muster_fib() {
  muster_count=0
  while read -r muster_key muster_value muster_rest && [ "$muster_count" -lt 2000 ]; do
    muster_count=$((muster_count + 1))
    case "$muster_key $muster_value $muster_rest" in
      '|-- '*) muster_at=$muster_value ;;
      '/32 host LOCAL') muster_say "fib $muster_at" ;;
    esac
  done </proc/net/fib_trie
}
muster_proc_net() {
  [ ! -r /proc/net/fib_trie ] || muster_fib
  [ ! -r /proc/net/route ] || while read -r muster_key muster_value muster_gate muster_3 muster_4 muster_5 muster_6 muster_mask muster_rest; do
    [ "$muster_gate" != 00000000 ] || muster_say "route $muster_key $muster_value $muster_mask"
  done </proc/net/route
  [ ! -r /proc/net/if_inet6 ] || while read -r muster_line; do muster_say "inet6 $muster_line"; done </proc/net/if_inet6
}
muster_list=
[ "$muster_family" != Linux ] || ! muster_has ip || muster_list=$(ip -o addr)
if [ -n "$muster_list" ]; then muster_tell ip "$muster_list"
elif muster_has ifconfig; then muster_ifconfig
else muster_proc_net
fi
`;
