/**
 * Shell: what speaks for a container or a virtual machine (systemd-detect-virt(1) looks at the same), without a process.
 * Only root may read what process 1 was given; its entries end in NUL, which most shells pass over, so that they run into
 * each other: only names that are known are believed.
 */
export const VIRTUAL = `
muster_environ() {
  while IFS= read -r muster_line || [ -n "$muster_line" ]; do
    for muster_key in lxc-libvirt lxc systemd-nspawn docker podman rkt oci; do
      case $muster_line in *container=$muster_key*) muster_say "container $muster_key"; return ;; esac
    done
  done </proc/1/environ
}
muster_container() {
  muster_first container /run/systemd/container
  [ -z "$muster_value" ] || return
  if [ -e /run/.containerenv ]; then muster_say 'container podman'
  elif [ -e /.dockerenv ]; then muster_say 'container docker'
  elif [ -d /run/secrets/kubernetes.io ]; then muster_say 'container kubernetes'
  elif [ -d /proc/vz ] && [ ! -d /proc/bc ]; then muster_say 'container openvz'
  elif [ -r /proc/1/environ ]; then muster_environ
  fi
}
if [ "$muster_family" = Linux ]; then
  muster_container
  muster_first hypervisor /sys/hypervisor/type
  # The clock of a guest is its host's.
  muster_first clocks /sys/devices/system/clocksource/clocksource0/available_clocksource
fi
`;
