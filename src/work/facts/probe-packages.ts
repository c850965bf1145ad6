/**
 * Shell: sets and says `muster_manager`, and what tells whether a restart is due. A host may have the program of another
 * family's manager, as a tool: its own has a database. Modules that are gone from under a kernel that has loaded some: it
 * has been replaced.
 */
export const MANAGER = `
muster_find_manager() {
  case $muster_family in
    Darwin) muster_has brew && muster_manager=brew ;;
    FreeBSD) muster_has pkg && muster_manager=pkg ;;
    Linux)
      if [ -e /var/lib/dpkg/status ] && muster_has apt-get; then muster_manager=apt
      elif [ -d /etc/zypp ] && muster_has zypper; then muster_manager=zypper
      elif muster_has dnf; then muster_manager=dnf
      elif muster_has yum; then muster_manager=yum
      elif muster_has apk; then muster_manager=apk
      elif muster_has pacman; then muster_manager=pacman
      fi ;;
  esac
}
muster_modules() {
  if [ -d "/lib/modules/$muster_release" ]; then muster_say 'modules here'; return; fi
  muster_value=
  [ ! -r /proc/modules ] || IFS= read -r muster_value </proc/modules
  [ -n "$muster_value" ] || return
  for muster_file in /lib/modules/*/modules.dep; do
    [ -e "$muster_file" ] && muster_say 'modules gone' && return
  done
}
muster_manager=
muster_find_manager
[ -z "$muster_manager" ] || muster_say "manager $muster_manager"
if [ -e /run/reboot-required ] || [ -e /var/run/reboot-required ] || [ -e /run/reboot-needed ]; then muster_say 'reboot yes'
elif [ "$muster_manager" = apt ]; then muster_say 'reboot no'
elif [ "$muster_family" = Linux ]; then muster_modules
fi
`;

/**
 * Shell: how many packages may be newer, by what the host has heard already: nobody else is asked, and nothing is
 * locked. Where it has heard nothing, or the manager fails, nothing is said: none would be wrong.
 */
export const UPDATES: string = `
# Whether there is such a file, by the words of a pattern.
muster_any() { for muster_file in "$@"; do [ ! -e "$muster_file" ] || return 0; done; return 1; }
muster_apt() {
  muster_any /var/lib/apt/lists/*Packages* || return
  muster_list=$(apt-get -s -o Debug::NoLocking=true dist-upgrade) || return
  ${counted('updates', "'Inst '*")}
  ${counted('security', "'Inst '*' ('*-[Ss]ecurity*")}
}
# yum(8): 100 where there are some. $1: dnf or yum, $2: an option, which dnf 5 takes only there.
# Those that replace others come below a title of their own: they are no updates of what is there.
muster_check_update() {
  muster_list=$("$1" -q -C check-update $2)
  case $? in 0|100) ;; *) return 1 ;; esac
  muster_list=\${muster_list%%Obsoleting*}
}
muster_rpm() {
  muster_check_update "$1" "" || return
  ${counted('updates', '*.*', "' '*|*': '*")}
  muster_check_update "$1" --security || return
  ${counted('security', '*.*', "' '*|*': '*")}
}
muster_needs_restarting() {
  case $(needs-restarting -r) in
    *'Reboot is required'*) muster_say 'reboot yes' ;;
    *necessary*) muster_say 'reboot no' ;;
  esac
}
muster_zypper() {
  muster_list=$(zypper --quiet --non-interactive --no-refresh list-updates) || return
  ${counted('updates', "'v '*")}
}
muster_apk() {
  muster_any /var/cache/apk/APKINDEX* /etc/apk/cache/APKINDEX* || return
  muster_list=$(apk version -l '<') || return
  ${counted('updates', "*' < '*")}
}
# It fails where there is none.
muster_pacman() {
  muster_any /var/lib/pacman/sync/*.db || return
  muster_list=$(pacman -Qu)
  ${counted('updates', "*' -> '*", "*'[ignored]'")}
}
muster_brew() {
  muster_list=$(HOMEBREW_NO_AUTO_UPDATE=1 brew outdated --quiet) || return
  ${counted('updates', '?*')}
}
# What comes with the system only offers to install the real one.
muster_pkg() {
  [ -x /usr/local/sbin/pkg ] || return
  muster_list=$(pkg version -URvl '<') || return
  ${counted('updates', "*' < '*")}
}
case $muster_manager in
  apt) muster_apt ;;
  dnf|yum) muster_rpm "$muster_manager"; ! muster_has needs-restarting || muster_needs_restarting ;;
  zypper) muster_zypper ;;
  apk) muster_apk ;;
  pacman) muster_pacman ;;
  brew) muster_brew ;;
  pkg) muster_pkg ;;
esac
`;

/** Says under `key` how many lines of `muster_list` are like `pattern`, but for those like `but`. */
function counted(key: string, pattern: string, but?: string): string {
  return `muster_count=0
  muster_by_line
  for muster_line in $muster_list; do
    case $muster_line in
      ${but === undefined ? '' : `${but}) ;;`}
      ${pattern}) muster_count=$((muster_count + 1)) ;;
    esac
  done
  muster_by_word
  muster_say "${key} $muster_count"`;
}
