/**
 * Shell: the conversation. Each of its lines begins with a mark, so that what a login shell says by itself is passed
 * over; our lines come on its standard input, where the script itself came from. It outlives the connection: once told
 * to end something, it does.
 *
 * - `list PID PID:START...`: itself, and the children of this connection's server;
 * - `gone N`: nobody is left; of N more nobody can tell whose they are;
 * - `left PID...`: these could not be ended;
 * - `halted`: nobody runs any more, until `free`, `end`, or the end of our lines: what is halted must not stay so for ever
 *   because we are gone; `leave` makes the script go and leave it so;
 * - `awake PID...`: these could not be halted, and everyone goes on;
 * - `freed`: everyone goes on.
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
  kids=
  # Cheaper than a look at everyone, where the kernel has it.
  [ $METHOD != ps ] && read -r kids <"/proc/$PPID/task/$PPID/children"
  nearest "$kids" || { table; kin=; for r in $T; do child "$r"; done; }
  say list $$ $kin
}
# True where each of $1 is still there: a list made while one went may pass over another.
nearest() {
  case " $1 " in *" $$ "*) ;; *) return 1 ;; esac
  METHOD=proc J=0 kin=
  for p in $1; do row "$p" || return 1; child "$q"; done
}
child() {
  IFS=:; set -- $1; unset IFS
  [ "$1" = $$ ] && OWN=$5 BORN=$7
  [ "$3" = $PPID ] && kin="$kin $1:$7"
  return 0
}
# As aim, but whom this script has halted it knows already.
target() {
  if [ -n "$HELD" ]; then E=$3; else aim "$@"; fi
}
list
while read -r verb a b c d; do
  case $verb in
    list) list ;;
    end) target "$a" "$b" "$c"; ladder "$d"; break ;;
    halt) aim "$a" "$b" "$c"; halt ;;
    leave) HELD=; break ;;
    free) target "$a" "$b" "$c"; let_go; say freed; break ;;
    # The command is over already, its pid unknown: it began a ms before this script did.
    since) if [ $J = 0 ]; then a=$((BORN - a / 10)); else a=$((BORN - a / 1000 - 1)); fi
      aim 0 $a "$b"; ladder "$c"; break ;;
  esac
done
# Whoever had it halted is gone.
[ -z "$HELD" ] || let_go
exit 0
`;
