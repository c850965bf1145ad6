/**
 * Makes rows of the lines of /proc/PID/stat, and a question mark of a line that is too short to be a whole one: a name
 * has up to 15 characters, and what comes after it some hundred.
 */
const PROC_ROWS = `sed -e '/^.\\{60\\}/!s/.*/?/' -e 's/ (.*) / /' -e 'y/ /:/' | cut -d: -f1-5,19,21`;
/** The same of ps, with the time since the start in place of the start: it may have colons of its own. */
const PS_ROWS = `sed -e 's/^ *//' -e 's/ *$//' -e 's/  */:/g'`;

/**
 * Shell: the host's processes. `table` sets `T` to rows `pid:state:ppid:pgid:session:threads:start`, zombies included,
 * and `J` to how far two readings of one start time may differ. On Linux from /proc (proc(5); start times are ticks of
 * 10 ms since boot), elsewhere from ps (POSIX; whole seconds, from a point fixed by the script's own age).
 *
 * The name in /proc/PID/stat may hold anything: only what stands after its last bracket is believed, and where a line
 * break in a name makes one pass over all files ambiguous, each file is read for itself.
 */
export const TABLE: string = `
NL='
'
table() {
  unset IFS
  case $METHOD in
    proc) table_proc ;;
    ps) table_ps ;;
    *)
      METHOD=proc
      table_proc
      # Rows without this script are rows of something else.
      case "$T" in *"$$:"?":$PPID:"*) ;; *) METHOD=ps; table_ps ;; esac ;;
  esac
}
table_proc() {
  J=0
  # cat goes on where a process ends while it is read; others do not. Ours is the last row, so that a loss shows.
  T=$(cat /proc/[0-9]*/stat /proc/$$/stat | ${PROC_ROWS})
  last=\${T##*"$NL"} T=\${T%"$NL"*}
  case "$T" in *'?'*) last= ;; esac
  case $last in "$$:"*) ;; *)
    T=
    for f in /proc/[0-9]*; do row "\${f#/proc/}" && T="$T $q"; done ;;
  esac
}
# Sets q to the row of $1; false where it is gone.
row() {
  at=$1 l=
  while read -r x; do l=$x; done <"/proc/$1/stat"
  [ -n "$l" ] || return 1
  unset IFS
  set -- \${l##*") "}
  q=$at:$1:$2:$3:$4:\${18}:\${20}
}
table_ps() {
  J=1
  # Not every ps knows sessions: a process group is the next best thing.
  T=$(ps -A -o pid= -o stat= -o ppid= -o pgid= -o sid= -o etime= | ${PS_ROWS})
  case "$T" in *"$$:"*":$PPID:"*) ;; *)
    T=$(ps -A -o pid= -o stat= -o ppid= -o pgid= -o pgid= -o etime= | ${PS_ROWS}) ;;
  esac
  rows= mine=0
  for r in $T; do
    IFS=:; set -- $r
    # [[days-]hours:]minutes:seconds; 08 would be read as octal.
    d=0 h=0 m=$6 s=$7
    if [ $# -eq 8 ]; then
      case $6 in *-*) d=\${6%%-*} ;; esac
      h=\${6#*-} m=$7 s=$8
    fi
    d=\${d#0} h=\${h#0} m=\${m#0} s=\${s#0}
    e=$((\${d:-0} * 86400 + \${h:-0} * 3600 + \${m:-0} * 60 + \${s:-0}))
    [ "$1" = $$ ] && mine=$e
    n=1
    case $2 in Z*l*) n=2 ;; esac
    rows="$rows $1:\${2%\${2#?}}:$3:$4:$5:$n:$e"
  done
  unset IFS
  T=
  for r in $rows; do T="$T \${r%:*}:$((1000000000 + mine - \${r##*:}))"; done
}
# Sets NOW to hundredths of a second: since boot, or of those spent asleep.
now() {
  if [ $METHOD = proc ] && read -r u x </proc/uptime; then
    NOW=\${u%.*}\${u#*.}
    while :; do case $NOW in 0?*) NOW=\${NOW#0} ;; *) break ;; esac; done
  else
    NOW=$ASLEEP
  fi
}
# A look at everyone that orders which come together share: one that is missing in it is found by the next.
glance() {
  [ $METHOD = proc ] || return
  now
  [ "$NOW" -gt $((GLANCED + 5)) ] || return
  GLANCED=$NOW
  table
}
GLANCED=-9
ASLEEP=0
# $1: seconds, or, where sleep takes no fractions (POSIX has none), one; $2: the same in hundredths.
nap() {
  if sleep "$1"; then ASLEEP=$((ASLEEP + $2)); else sleep 1; ASLEEP=$((ASLEEP + 100)); fi
}
`;
