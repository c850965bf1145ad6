/**
 * Shell: the conversation. It serves all who stop or halt commands of this connection, at once: each order is carried out
 * by a subshell of its own, so that nobody waits for the grace time of another. Each of our lines begins with a number;
 * each line of the script begins with a mark, so that what a login shell says by itself is passed over, and the number of
 * what it answers. Our lines come on its standard input, where the script itself came from. It outlives the connection:
 * once told to end something, it does.
 *
 * - `list PID PID:START...`: itself, and the children of this connection's server; once unasked, as number 0;
 * - `gone N`: nobody is left; of N more nobody can tell whose they are;
 * - `left PID...`: these could not be ended;
 * - `halted`: nobody runs any more, until `free`, `end`, or the end of our lines: what is halted must not stay so for ever
 *   because we are gone; `leave` makes the script go and leave it so;
 *   `hold` halts for good: only an order lets that go on again;
 * - `over`: it has ended before it was halted for good, and whatever is left of it goes on;
 * - `awake PID...`: these could not be halted, and everyone goes on;
 * - `freed`: everyone goes on.
 */
export const OPENING: string = `
exec 2>/dev/null
trap '' HUP INT PIPE TERM
LC_ALL=C PATH=$PATH:/usr/bin:/bin
export LC_ALL PATH
# The child of the server below which this runs, and the server: two arguments where somebody else became who we are.
TOP=\${1:-$$} SERVER=\${2:-$PPID}
say() {
  echo "$MARK $TAG $*"
}
`;

export const DIALOG: string = `
list() {
  kids=
  # Cheaper than a look at everyone, where the kernel has it.
  [ $METHOD != ps ] && read -r kids <"/proc/$SERVER/task/$SERVER/children"
  nearest "$kids" || { table; kin=; for r in $T; do child "$r"; done; }
  say list $TOP $kin
}
# True where each of $1 is still there: a list made while one went may pass over another.
nearest() {
  case " $1 " in *" $TOP "*) ;; *) return 1 ;; esac
  METHOD=proc J=0 kin=
  for p in $1; do row "$p" || return 1; child "$q"; done
}
child() {
  IFS=:; set -- $1; unset IFS
  [ "$1" = $TOP ] && OWN=$5 BORN=$7
  [ "$3" = $SERVER ] && kin="$kin $1:$7"
  return 0
}
# $1: a pid that is no longer only watched over, once the halting of it is done.
unwatch() {
  kept=
  for h in $HALTED; do
    case $h in "$1:"*) wait "\${h##*:}" ;; *) kept="$kept $h" ;; esac
  done
  HALTED=$kept
}
# pid:start:environment:subshell of those who must not stay halted.
HALTED=
FIRM=0
TAG=0
# One command, to be read to its end before it begins: a shell that reads ahead for the rest would take orders with it.
{
list
while read -r TAG verb a b c d; do
  case $verb in
    list) list ;;
    # Its session is another's from now on, also where it is over and somebody of it is not.
    end) unwatch "$a"; glance; { aim "$a" "$b" "$c"; ladder "$d"; } & other "$a" ;;
    halt) { aim "$a" "$b" "$c"; halt; } & HALTED="$HALTED $a:$b:$c:$!" ;;
    hold) { FIRM=1; aim "$a" "$b" "$c"; halt; } & ;;
    free) unwatch "$a"; { aim "$a" "$b" "$c"; let_go; say freed; } & ;;
    # The command is over already, its pid unknown: it began that many ms before this script did, or after it.
    since) if [ $J = 0 ]; then a=$((BORN - a / 10)); else a=$((BORN - a / 1000 - 1)); fi
      glance; { aim 0 $a "$b"; ladder "$c"; } & ;;
    leave) HALTED=; break ;;
  esac
done
# Whoever had them halted is gone.
for h in $HALTED; do
  IFS=:; set -- $h; unset IFS
  wait "$4"
  [ $? = 1 ] || (aim "$1" "$2" "$3"; let_go)
done
exit 0
}
`;
