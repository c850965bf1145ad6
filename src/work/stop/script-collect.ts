/**
 * Shell: who belongs to a command. `collect` looks, and sets `A` to the rows of the living processes of the command `R` that
 * began at `O`:
 *
 * - itself, and what descends from it by parent;
 * - everyone in its session, or in a session made by one of them: orphans change their parent, never their session;
 * - with `E` = 1, whoever began no earlier and has `TRAIT` in its environment: what left by both roads, as `setsid -f`
 *   does. That is this connection (ssh(1), SSH_CONNECTION), or what tells a command that outlives connections.
 *
 * Never this script, an sshd, another command of this connection (`OTHERS` remembers their sessions, for those who outlive
 * them), or what an earlier command left behind. `K` remembers
 * everyone who was ever found, by pid and start time, `S` their sessions, `G` their process groups: so a process forked
 * between two looks is known, and a pid that is used again is known not to be.
 */
export const COLLECT: string = `
OTHERS=" "
# $1: pid, or 0 where it is gone already; $2: start time, \`-\`: as it is now; $3: whether the environment counts, or what
# counts of it.
aim() {
  case $3 in [01]) TRAIT=SSH_CONNECTION=$SSH_CONNECTION ;; *) TRAIT=$3; set -- "$1" "$2" 1 ;; esac
  if [ "$2" = - ]; then
    table
    for r in $T; do case $r in "$1:"*) set -- "$1" "\${r##*:}" "$3" ;; esac; done
  fi
  R=$1 O=$2 E=$3 K=" $1:$2 " S=" $1 " G=" $1 "
  [ "$1" = 0 ] && S=" " G=" "
}
collect() {
  table
  pick
}
# The same from the rows that are there.
pick() {
  FROM=$((O - J)) A= P=" " N=
  for r in $T; do
    [ "\${r##*:}" -ge $FROM ] || continue
    IFS=:; set -- $r
    case $2$6 in Z1 | X*) continue ;; esac
    [ "$1" = $$ ] || [ "$3" = $$ ] || [ "$5" = $$ ] || [ "$5" = $TOP ] || [ "$1" -le 1 ] && continue
    if [ "$3" = $SERVER ] && [ "$1" != "$R" ]; then other "$5"; continue; fi
    # A stranger that has the number of a session of ours: that session is over.
    case $S in *" $1 "*) known "$1" "$7" || S="\${S%% $1 *} \${S#* $1 }" ;; esac
    N="$N $r"
  done
  close_over
  while [ "$E" = 1 ] && adopt_strays; do close_over; done
  unset IFS
}
# $1: the session of another command.
other() {
  case $OTHERS in *" $1 "*) ;; *) OTHERS="$OTHERS$1 " ;; esac
}
# Moves rows from N to A until nobody in N belongs to A.
close_over() {
  more=1
  while [ -n "$more" ]; do
    more= rest=
    unset IFS
    for r in $N; do
      IFS=:; set -- $r
      case $P in *" $3 "*) adopt "$@" ;; *)
        case $S in *" $5 "*) adopt "$@" ;; *)
          if known "$1" "$7"; then adopt "$@"; else rest="$rest $r"; fi ;;
        esac ;;
      esac
    done
    N=$rest
  done
}
known() {
  case $K in *" $1:$2 "* | *" $1:$(($2 - J)) "* | *" $1:$(($2 + J)) "*) return 0 ;; esac
  return 1
}
adopt() {
  more=1 A="$A $r" P="$P$1 "
  known "$1" "$7" || K="$K$1:$7 "
  # A server that makes no sessions has this script in the same one.
  [ "$5" = "$OWN" ] || [ "$5" -le 1 ] || [ "$4" -le 1 ] && return
  case $S in *" $5 "*) ;; *) S="$S$5 " ;; esac
  case $G in *" $4 "*) ;; *) G="$G$4 " ;; esac
}
`;

/** Shell: those whom only their environment gives away. */
export const STRAYS: string = `
# Moves them from N to A; false where there are none.
adopt_strays() {
  suspect || return 1
  found=1 rest=
  for r in $N; do
    IFS=:; set -- $r
    if stray "$1" "$3" "$5"; then found=0; adopt "$@"; else rest="$rest $r"; fi
  done
  N=$rest
  return $found
}
# Sets W to the files of those in N that are worth a closer look; false where nobody is.
suspect() {
  [ -n "$N" ] && [ "$TRAIT" != SSH_CONNECTION= ] && [ $METHOD = proc ] || return 1
  unset IFS
  files=
  for r in $N; do files="$files /proc/\${r%%:*}/environ"; done
  # Some greps see nothing behind a NUL: they do not find this script either.
  W=" $(grep -lF "$TRAIT" /proc/$$/environ $files) "
  case $W in *"/proc/$$/environ"*) ;; *) W=$files ;; esac
  [ "$W" != " /proc/$$/environ " ]
}
# $1: pid; $2: parent; $3: session.
stray() {
  case $W in *"/proc/$1/environ"*) ;; *) return 1 ;; esac
  here "$1" && unclaimed "$2" "$3" || return 1
  IFS= read -r x <"/proc/$1/comm"
  # A server that was started from here lets others in.
  case $x in sshd* | dropbear*) return 1 ;; esac
}
# Whether the environment of $1 has the trait. Shells leave out the NULs between the entries.
here() {
  while IFS= read -r x || [ -n "$x" ]; do
    case $x in
      *"$TRAIT"[0-9]*) ;;
      *"$TRAIT"*) return 0 ;;
    esac
  done <"/proc/$1/environ"
  return 1
}
# $1: parent; $2: session. Whether neither leads to another command of this connection, running or ended.
unclaimed() {
  up=$1 sid=$2
  case $OTHERS in *" $sid "*) return 1 ;; esac
  unset IFS
  for q in $T; do
    IFS=:; set -- $q
    [ "$5" = "$sid" ] && [ "$7" -lt $FROM ] && return 1
  done
  while :; do
    at=
    unset IFS
    for q in $T; do case $q in "$up:"*) at=$q; break ;; esac; done
    IFS=:; set -- $at
    [ $# -ge 7 ] || return 0
    [ "$3" = $SERVER ] && return 1
    if [ "$7" -lt $FROM ]; then here "$1" && return 1; return 0; fi
    up=$3
  done
}
# Sets U to how many may be the command's or another's: nobody can tell.
count_unsure() {
  U=0
  suspect || return
  for r in $N; do
    IFS=:; set -- $r
    stray "$1" "$3" "$5" && U=$((U + 1))
  done
  unset IFS
}
`;
