/**
 * Shell: TERM, a grace time, KILL, until a look finds nobody. TERM goes once to everyone who began before it: what is
 * begun later may be somebody's clean-up. Whole process groups are signalled where they are ours, so that no fork slips
 * through however fast it is (fork(2) is restarted when a signal to the group is pending).
 */
export const LADDER: string = `
GHOST=
# $1: signal. To everyone in A, each group of our sessions at once; CONT in the opposite order: a shell whose children are
# halted while it runs takes them for stopped jobs, and the kernel hangs up the halted ones where it ends.
tell() {
  sent=" " to=
  unset IFS
  for r in $A; do
    IFS=:; set -- "$1" $r
    case $S in
      *" $6 "*) case $sent in *" $5 "*) continue ;; esac; sent="$sent$5 " one=-$5 ;;
      *) one=$2 ;;
    esac
    case $1 in CONT) to="$one $to" ;; *) to="$to $one" ;; esac
  done
  unset IFS
  [ -z "$GHOST" ] || to="$to -$GHOST"
  for one in $to; do kill "-$1" "$one"; done
}
# TERM for those whom the first one missed, though they were there.
tell_late() {
  for r in $A; do
    IFS=:; set -- $r
    case $TOLD in *" $1:$7 "*) continue ;; esac
    [ "$7" -lt $TERMED ] || continue
    TOLD="$TOLD$1:$7 "
    kill -TERM "$1"; kill -CONT "$1"
  done
  unset IFS
}
alive() {
  GHOST=
  [ -n "$A" ] || ghost
}
# A group that takes signals while nobody of it is in the table changes faster than one can look.
ghost() {
  GHOST=
  for g in $G; do
    kill -0 "-$g" || continue
    seen=
    for r in $T; do IFS=:; set -- $r; [ "$4" = "$g" ] && seen=1 && break; done
    unset IFS
    [ -n "$seen" ] || { GHOST=$g; return 0; }
  done
  return 1
}
# Waits for the end of everyone in A, for a while that grows from call to call.
await_end() {
  case $pause in
    0) pauses="0.005:1 0.02:2 0.05:5 0.1:10" pause=0.25:25 ;;
    *) pauses=$pause pause=0.5:50 ;;
  esac
  for p in $pauses; do
    nap "\${p%:*}" "\${p#*:}"
    for r in $A; do kill -0 "\${r%%:*}" && continue 2; done
    return
  done
}
# $1: grace in milliseconds. Says how it ended. Where the host has /proc, a glance was had.
ladder() {
  A=
  [ $METHOD != proc ] || pick
  # It may have begun since that glance.
  [ -n "$A" ] || collect
  in_order
  now; TERMED=$NOW until=$((NOW + $1 / 10)) pause=0
  tell TERM; tell CONT
  TOLD=$K
  while alive; do
    await_end
    collect; alive || break
    now; [ "$NOW" -lt $until ] || break
    tell_late
  done
  until=$((NOW + 200)) pause=0
  while alive; do
    tell KILL
    await_end
    collect; alive || break
    now; [ "$NOW" -lt $until ] || break
  done
  if alive; then
    left=$GHOST
    for r in $A; do left="$left \${r%%:*}"; done
    say left $left
  else
    count_unsure
    # They may be of one that is being ended as well.
    now; until=$((NOW + 100))
    while [ $U != 0 ]; do
      nap 0.1 10
      collect; count_unsure
      now; [ "$NOW" -lt $until ] || break
    done
    say gone $U
  fi
}
`;
