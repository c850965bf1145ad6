/** What programs of other systems say, as shell that says it: for hosts that are not here. */
function saying(text: string): string {
  return `cat <<'END'\n${text}\nEND`;
}

export const MACOS_TEXTS = {
  uname:
    'Darwin mac.local 23.1.0 Darwin Kernel Version 23.1.0: Mon Oct  9 21:27:24 PDT 2023; root:xnu-10002.41.9~6/RELEASE_ARM64_T6000 arm64',
  sw_vers: 'ProductName:\t\tmacOS\nProductVersion:\t\t14.1\nBuildVersion:\t\t23B74',
  sysctl: `hw.memsize: 17179869184
hw.pagesize: 16384
hw.logicalcpu: 10
hw.model: MacBookPro18,1
machdep.cpu.brand_string: Apple M1 Pro
kern.boottime: { sec = 1699996400, usec = 409873 } Tue Nov 14 13:13:20 2023
kern.hv_vmm_present: 0
vm.loadavg: { 1.63 2.01 1.95 }
vm.swapusage: total = 2048.00M  used = 1024.50M  free = 1023.50M  (encrypted)`,
  vm_stat: `Mach Virtual Memory Statistics: (page size of 16384 bytes)
Pages free:                               10000.
Pages active:                            300000.
Pages inactive:                           20000.
Pages speculative:                         3000.
Pages throttled:                              0.
Pages wired down:                        120000.`,
  ioreg: `+-o J316sAP  <class IOPlatformExpertDevice, id 0x100000257>
    {
      "IOPlatformUUID" = "00000000-0000-0000-0000-000000000000"
      "IOPlatformSerialNumber" = "C02ABCDEFGHJ"
    }`,
  ifconfig: `lo0: flags=8049<UP,LOOPBACK,RUNNING,MULTICAST> mtu 16384
	options=1203<RXCSUM,TXCSUM,TXSTATUS,SW_TIMESTAMP>
	inet 127.0.0.1 netmask 0xff000000
	inet6 fe80::1%lo0 prefixlen 64 scopeid 0x1
en0: flags=8863<UP,BROADCAST> mtu 1500
	ether 02:00:00:00:00:01
	inet 10.0.0.5 netmask 0xffffff00 broadcast 10.0.0.255
	status: active`,
  mount: `/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)
devfs on /dev (devfs, local, nobrowse)
/dev/disk3s5 on /System/Volumes/Data (apfs, local, journaled, nobrowse, protect)
map auto_home on /System/Volumes/Data/home (autofs, automounted, nobrowse)
//ann@server/My%20Disk on /Volumes/My Disk (smbfs, nodev, nosuid, mounted by ann)`,
  df: `Filesystem                1024-blocks      Used Available Capacity  Mounted on
/dev/disk3s1s1              971350180   9542972 424829500     3%    /
devfs                             202       202         0   100%    /dev
/dev/disk3s5                971350180 534829500 424829500    56%    /System/Volumes/Data
map auto_home                       0         0         0   100%    /System/Volumes/Data/home
//ann@server/My%20Disk      100000000  50000000  50000000    50%    /Volumes/My Disk`,
} as const;

export const MACOS_PROGRAMS: Readonly<Record<string, string>> = all(MACOS_TEXTS);

export const FREEBSD_TEXTS = {
  uname:
    'FreeBSD bsd.example.org 14.0-RELEASE FreeBSD 14.0-RELEASE #0 releng/14.0-n265380-f9716eee8ab4: Fri Nov 10 05:57:23 UTC 2023     root@releng1.nyi.freebsd.org:/usr/obj/usr/src/amd64.amd64/sys/GENERIC amd64',
  'freebsd-version': '14.0-RELEASE-p3\n14.0-RELEASE-p5',
  sysctl: `hw.physmem: 8589934592
hw.pagesize: 4096
hw.ncpu: 4
hw.model: Intel(R) Xeon(R) CPU E5-2670
kern.boottime: { sec = 1699996400, usec = 123456 } Tue Nov 14 21:13:20 2023
kern.vm_guest: kvm
security.jail.jailed: 0
vm.loadavg: { 0.31 0.29 0.27 }
vm.stats.vm.v_free_count: 100000
vm.stats.vm.v_inactive_count: 50000
vm.stats.vm.v_cache_count: 0`,
  swapinfo: `Device          1K-blocks     Used    Avail Capacity
/dev/ada0p3       1048576      512  1048064     0%
/dev/ada1p3       1048576      512  1048064     0%
Total             2097152     1024  2096128     0%`,
  kenv: `acpi.oem="BOCHS "
smbios.bios.vendor="SeaBIOS"
smbios.system.maker="QEMU"
smbios.system.product="Standard PC (Q35 + ICH9, 2009)"
smbios.system.serial="Not Specified"`,
  df: `Filesystem         Type      1024-blocks    Used   Avail Capacity  Mounted on
zroot/ROOT/default zfs          20000000 5000000 15000000    25%    /
devfs              devfs               1       0        1     0%    /dev
zroot/usr/home     zfs          15000096      96 15000000     0%    /usr/home
fdescfs            fdescfs             1       0        1     0%    /dev/fd`,
} as const;

export const FREEBSD_PROGRAMS: Readonly<Record<string, string>> = all(FREEBSD_TEXTS);

function all(texts: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, saying(text)]));
}
