/**
 * Shell: processors, memory, and who made the machine. From proc(5) and sysfs on Linux, of which only as much is read as is
 * needed: some shells read byte by byte, and /proc/cpuinfo has a kilobyte for each processor. Elsewhere from sysctl(8).
 */
export const HARDWARE = `
muster_cpu() {
  while IFS= read -r muster_line && [ -n "$muster_line" ]; do
    case $muster_line in
      'model name'*|'cpu model'*|'cpu\t'*|Processor*) muster_say "cpu \${muster_line#*: }" ;;
      flags*) case "$muster_line " in *' hypervisor '*) muster_say 'hypervisor flag' ;; esac; return ;;
    esac
  done </proc/cpuinfo
}
muster_memory() {
  while read -r muster_key muster_value muster_rest; do
    case $muster_key in
      MemTotal:|MemFree:|MemAvailable:|Buffers:|Cached:|SwapTotal:) muster_say "mem $muster_key $muster_value" ;;
      SwapFree:) muster_say "mem $muster_key $muster_value"; return ;;
    esac
  done </proc/meminfo
}
# $1: the key, $2: a pattern, $3: a text. Says the lines that are like it.
muster_pick() {
  muster_by_line
  for muster_line in $3; do
    case $muster_line in $2) muster_say "$1 $muster_line" ;; esac
  done
  muster_by_word
}
case $muster_family in
  Linux)
    muster_first cpus /sys/devices/system/cpu/online
    [ ! -r /proc/cpuinfo ] || muster_cpu
    [ ! -r /proc/meminfo ] || muster_memory
    for muster_key in sys_vendor product_name product_serial; do
      muster_first "dmi $muster_key" "/sys/class/dmi/id/$muster_key"
    done
    # Boards without firmware of that kind; it ends in NUL, and has no line.
    muster_first 'dmi tree' /sys/firmware/devicetree/base/model ;;
  Darwin)
    muster_tell sysctl "$(sysctl hw.memsize hw.pagesize hw.logicalcpu hw.model machdep.cpu.brand_string kern.boottime kern.hv_vmm_present vm.loadavg vm.swapusage)"
    muster_tell vm_stat "$(vm_stat)"
    muster_pick ioreg '*"IOPlatformSerialNumber"*' "$(ioreg -rd1 -c IOPlatformExpertDevice)" ;;
  FreeBSD)
    muster_tell sysctl "$(sysctl hw.physmem hw.pagesize hw.ncpu hw.model kern.boottime kern.vm_guest security.jail.jailed vm.loadavg vm.stats.vm.v_free_count vm.stats.vm.v_inactive_count vm.stats.vm.v_cache_count)"
    muster_tell swapinfo "$(swapinfo -k)"
    muster_pick kenv 'smbios.system.[mps]*' "$(kenv)" ;;
esac
`;
