/**
 * Shell: what looks after the services, and which of them have failed. `asked` stands where the list is whole, so that an
 * empty one means that none has.
 */
export const SERVICES = `
muster_services() {
  muster_init=
  [ ! -r /proc/1/comm ] || IFS= read -r muster_init </proc/1/comm
  if [ -d /run/systemd/system ]; then
    muster_say 'services systemd'
    muster_failed=$(systemctl --failed --no-legend --plain --no-pager) && muster_say 'services-asked' &&
      muster_tell failed "$muster_failed"
  elif [ -e /run/openrc/softlevel ]; then
    muster_say 'services openrc'
    muster_has rc-status && muster_say 'services-asked' && muster_tell failed "$(rc-status --crashed)"
    for muster_file in /run/openrc/failed/*; do
      [ ! -e "$muster_file" ] || muster_say "failed \${muster_file##*/}"
    done
  elif [ "$muster_init" = runit ]; then muster_say 'services runit'
  elif [ "$muster_init" = init ] && [ -d /etc/init.d ]; then muster_say 'services sysvinit'
  fi
}
case $muster_family in
  Linux) muster_services ;;
  Darwin) muster_say 'services launchd' ;;
  FreeBSD) muster_say 'services rc' ;;
esac
`;
