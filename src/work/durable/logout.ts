import { compact } from '../compact.ts';

/**
 * Shell: says `logout` where the host's login manager ends a user's processes with his session (logind.conf(5),
 * KillUserProcesses): there a command does not outlive its connection. It does so with what is in the scope of a session,
 * whoever became another user there. What is not said is as that systemd was built, which its own file has as a comment.
 * `root`: where the host's files are.
 */
export function logoutPart(root = ''): string {
  const main = `"${root}/usr/lib/systemd/logind.conf" "${root}/etc/systemd/logind.conf"`;
  const more = ['usr/lib', 'run', 'etc'].map(
    (at) => `"${root}/${at}/systemd/logind.conf.d"/*.conf`,
  );
  return compact(`muster_setting() {
  while IFS='= 	' read -r muster_key muster_value muster_rest; do
    case $muster_key in
      KillUserProcesses) muster_kills=$muster_value ;;
      '#KillUserProcesses') muster_kills=\${muster_kills:-$muster_value} ;;
      KillOnlyUsers) muster_only="$muster_value $muster_rest" ;;
      KillExcludeUsers) muster_spared="$muster_value $muster_rest" ;;
    esac
  done <"$1"
}
muster_kills_user() {
  case $muster_kills in [yY]*|[tT]*|[oO][nN]|1) ;; *) return 1 ;; esac
  [ -n "\${muster_only% }$muster_spared" ] || return 0
  muster_user=\${SUDO_USER:-$(id -un)}
  case " $muster_spared " in *" $muster_user "*) return 1 ;; esac
  case " $muster_only " in '  '|'   '|*" $muster_user "*) return 0 ;; esac
  return 1
}
muster_logout() {
  muster_scope=
  while read -r muster_group; do
    case $muster_group in */session-*.scope*) muster_scope=$muster_group ;; esac
  done <"${root}/proc/self/cgroup"
  # Unless asked, it leaves root alone.
  case $muster_scope in ''|*/user-0.slice/*) return 0 ;; esac
  muster_kills= muster_only= muster_spared=
  for muster_file in ${main} ${more.join(' ')}; do
    [ ! -r "$muster_file" ] || muster_setting "$muster_file"
  done
  ! muster_kills_user || muster_say 'note logout'
}
`);
}
