/**
 * Shell: STOP for everyone, until a look finds nobody who runs, and CONT. A fork is not lost between two looks: once a
 * process is signalled it forks no more (fork(2) is restarted when a signal is pending), and whom it forked before shows in
 * the next look.
 */
export const HALT: string = `
# Puts A in order: nobody before its parent.
in_order() {
  rest=$A A= level=0
  while [ -n "$rest" ]; do
    todo=$rest rest= pids=" " level=$((level + 1))
    [ $level -le 50 ] || { A="$A $todo"; break; }
    unset IFS
    for r in $todo; do pids="$pids\${r%%:*} "; done
    for r in $todo; do
      IFS=:; set -- $r
      case $pids in *" $3 "*) rest="$rest $r" ;; *) A="$A $r" ;; esac
    done
  done
  unset IFS
}
# Sets AWAKE to the pids of A that run. A process that the kernel has in its hold (D) runs no further once it was told.
look_awake() {
  AWAKE=" "
  for r in $A; do
    IFS=:; set -- $r
    case $2 in
      T | t | Z) continue ;;
      D) case $TOLD in *" $1 "*) continue ;; esac ;;
    esac
    AWAKE="$AWAKE$1 "
  done
  unset IFS
}
# STOP for those who run while their parent does not: a shell that waits must have halted when its child does.
halt_next() {
  all=$A A=
  for r in $all; do
    IFS=:; set -- $r
    case $AWAKE in
      *" $3 "*) [ $looks -gt 30 ] || continue ;;
      *" $1 "*) ;;
      *) continue ;;
    esac
    A="$A $r" TOLD="$TOLD$1 "
  done
  unset IFS
  tell STOP
}
# Says how it went; where somebody cannot be halted, everyone goes on, and it is false.
halt() {
  TOLD=" " looks=0 quiet=0
  now; until=$((NOW + 300))
  while :; do
    collect
    look_awake
    if ghost || [ "$AWAKE" != " " ]; then quiet=0; else quiet=$((quiet + 1)); fi
    # Twice: what just executes another program has no environment for a moment, and may be known by that alone.
    [ $quiet -lt 2 ] || { held; return 0; }
    now; [ "$NOW" -lt $until ] || break
    halt_next
    looks=$((looks + 1))
    if [ $looks -lt 5 ]; then nap 0.005 1; else nap 0.05 5; fi
  done
  let_go
  say awake $AWAKE
  return 1
}
# What nobody watches over has to have its first process still: where that has ended, the rest goes on.
held() {
  case $FIRM$A in 1*" $R:"* | 0*) say halted; return ;; esac
  let_go
  say over
}
# CONT for everyone.
let_go() {
  collect
  in_order
  ghost
  tell CONT
}
`;
