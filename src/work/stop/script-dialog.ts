/**
 * Shell: the conversation. Each of its lines begins with a mark, so that what a login shell says by itself is passed
 * over; our lines come on its standard input, where the script itself came from. It outlives the connection: once told
 * to end something, it does.
 *
 * - `list PID PID:START...`: itself, and the children of this connection's server;
 * - `gone N`: nobody is left; of N more nobody can tell whose they are;
 * - `left PID...`: these could not be ended.
 */
export const OPENING: string = `
exec 2>/dev/null
trap '' HUP INT PIPE TERM
LC_ALL=C PATH=$PATH:/usr/bin:/bin
export LC_ALL PATH
say() {
  echo "$MARK $*"
}
`;

export const DIALOG: string = `
list() {
  table
  l=
  for r in $T; do
    IFS=:; set -- $r
    [ "$1" = $$ ] && OWN=$4 BORN=$5
    [ "$2" = $PPID ] && l="$l $1:$5"
  done
  unset IFS
  say list $$ $l
}
list
while read -r verb a b c d; do
  case $verb in
    list) list ;;
    end) aim "$a" "$b" "$c"; ladder "$d"; break ;;
    # The command is over already, its pid unknown: it began a ms before this script did.
    since) if [ $J = 0 ]; then a=$((BORN - a / 10)); else a=$((BORN - a / 1000 - 1)); fi
      aim 0 $a "$b"; ladder "$c"; break ;;
  esac
done
exit 0
`;
