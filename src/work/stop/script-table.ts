/** Makes a row of a line of ps: colons for runs of spaces. */
const PS_ROW = 's/^ *//;s/ *$//;s/  */:/g';

/**
 * Shell: the host's process table. `table` sets `T` to rows `pid:ppid:pgid:session:start:state`, zombies included, and
 * `J` to how far two readings of one start time may differ. On Linux from /proc (proc(5); start times are ticks of
 * 10 ms since boot), elsewhere from ps (POSIX; whole seconds, from a point fixed by the script's own age).
 *
 * The name in /proc/PID/stat may hold anything: only what stands after its last parenthesis is believed, and where a
 * line break in a name makes one pass over all files ambiguous, each file is read for itself.
 */
export const TABLE: string = `
table() {
  unset IFS
  case $METHOD in
    proc) table_proc ;;
    ps) table_ps ;;
    *)
      METHOD=proc
      table_proc
      # Rows without this script are rows of something else.
      case "$T" in *"$$:$PPID:"*) ;; *) METHOD=ps; table_ps ;; esac ;;
  esac
}
table_proc() {
  J=0
  T=$(sed -n -e '${procRow()}' -e t -e 's/.*/?/p' /proc/[0-9]*/stat)
  case "$T" in *'?'*) table_slowly ;; esac
}
table_slowly() {
  T=
  for f in /proc/[0-9]*/stat; do
    l=
    while read -r x; do l=$x; done <"$f"
    p=\${f#/proc/}
    set -- \${l##*) }
    [ -n "\${20}" ] && T="$T \${p%/stat}:$2:$3:$4:\${20}:$1\${18}"
  done
}
table_ps() {
  J=1
  # Not every ps knows sessions: a process group is the next best thing.
  T=$(ps -A -o pid= -o ppid= -o pgid= -o sid= -o stat= -o etime= | sed '${PS_ROW}')
  case "$T" in *"$$:$PPID:"*) ;; *)
    T=$(ps -A -o pid= -o ppid= -o pgid= -o pgid= -o stat= -o etime= | sed '${PS_ROW}') ;;
  esac
  rows= mine=0
  for r in $T; do
    IFS=:; set -- $r
    # [[days-]hours:]minutes:seconds; a digit in front keeps 08 from being read as octal.
    if [ $# -eq 8 ]; then
      h=\${6#*-} d=0
      case $6 in *-*) d=\${6%%-*} d=\${d#0} ;; esac
      e=$((d * 86400 + (1$h - 100) * 3600 + (1$7 - 100) * 60 + 1$8 - 100))
    else
      e=$(((1$6 - 100) * 60 + 1$7 - 100))
    fi
    [ "$1" = $$ ] && mine=$e
    case $5 in Z*l*) s=Z2 ;; Z*) s=Z1 ;; *) s=$5 ;; esac
    rows="$rows $1:$2:$3:$4:$e:$s"
  done
  unset IFS
  T=
  for r in $rows; do
    IFS=:; set -- $r
    T="$T $1:$2:$3:$4:$((1000000000 + mine - $5)):$6"
  done
  unset IFS
}
# Sets NOW to hundredths of a second from a fixed point; by ps, to the whole second of the last table.
now() {
  if [ $METHOD = proc ] && read -r u x </proc/uptime; then
    NOW=\${u%.*}\${u#*.}
    while :; do case $NOW in 0?*) NOW=\${NOW#0} ;; *) break ;; esac; done
  else
    NOW=$((mine * 100))
  fi
}
nap() {
  # Fractions are not POSIX.
  sleep "$1" || sleep 1
}
`;

/** Rewrites a line of /proc/PID/stat as a row. The state has the number of threads behind it. */
function procRow(): string {
  const fields = [
    '\\([0-9]*\\) (.*)',
    '\\([A-Za-z]\\)',
    '\\([0-9]*\\)',
    '\\([0-9]*\\)',
    '\\([0-9]*\\)',
    // From tty_nr to nice.
    '\\([^ ]* \\)\\{13\\}\\([0-9]*\\)',
    '[^ ]*',
    '\\([0-9]*\\)',
  ];
  return `s/^${fields.join(' ')} .*/\\1:\\3:\\4:\\5:\\8:\\2\\7/p`;
}
