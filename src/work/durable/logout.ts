/**
 * Shell: says `logout` where the host's login manager ends a user's processes with the last of his sessions
 * (logind.conf(5), KillUserProcesses): there a command does not outlive its connection. root is left alone, unless asked.
 */
export const LOGOUT = `muster_setting() {
  while read -r muster_line; do
    case $muster_line in KillUserProcesses=*) muster_kills=\${muster_line#*=} ;; esac
  done <"$1"
}
muster_logout() {
  [ -d /run/systemd/system ] || return 0
  muster_kills=no
  for muster_file in /usr/lib/systemd/logind.conf /etc/systemd/logind.conf /usr/lib/systemd/logind.conf.d/*.conf /etc/systemd/logind.conf.d/*.conf /run/systemd/logind.conf.d/*.conf; do
    [ ! -r "$muster_file" ] || muster_setting "$muster_file"
  done
  case $muster_kills in yes|true|on|1) [ "$(id -u)" = 0 ] || muster_say 'note logout' ;; esac
}
`;
