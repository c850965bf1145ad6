/** What a fact is: how it is shown, compared, and described in the schema. */
export type FactKind =
  | 'text'
  | 'count'
  | 'number'
  | 'bytes'
  | 'seconds'
  | 'moment'
  | 'boolean'
  | 'names';

/** One fact by its path in `Facts`, as columns and filters name it. */
export interface FactField {
  readonly path: string;
  readonly kind: FactKind;
  /** Over its column. */
  readonly title: string;
  /** One phrase. */
  readonly help: string;
}

/** Every fact that is one value; the lists of disks and addresses have fields of their own. */
export const FACT_FIELDS: readonly FactField[] = [
  text('os.id', 'Id', "os-release's ID: debian, alpine, fedora; macos, freebsd"),
  text('os.name', 'System', 'its name with its version'),
  text('os.version', 'Version', 'like 12 or 3.20.1'),
  text('os.codename', 'Codename', 'like bookworm'),
  text('os.family', 'Family', 'linux, darwin, freebsd'),
  text('kernel.release', 'Kernel', 'uname -r'),
  text('kernel.version', 'KernelVersion', 'uname -v'),
  text('architecture', 'Arch', 'uname -m'),
  text('hostname', 'Hostname', 'as the host calls itself'),
  { path: 'cpu.count', kind: 'count', title: 'CPUs', help: 'processors that are on' },
  text('cpu.model', 'CPU', 'what they are'),
  bytes('memory.total', 'Memory', 'main memory'),
  bytes('memory.used', 'MemoryUsed', 'of it, what programs have'),
  bytes('memory.free', 'MemoryFree', 'of it, what programs could have'),
  bytes('swap.total', 'Swap', 'swap space'),
  bytes('swap.used', 'SwapUsed', 'of it, what is used'),
  bytes('swap.free', 'SwapFree', 'of it, what is free'),
  { path: 'uptime', kind: 'seconds', title: 'Up', help: 'since the start of the kernel' },
  { path: 'load.one', kind: 'number', title: 'Load', help: 'mean of one minute' },
  { path: 'load.five', kind: 'number', title: 'Load5', help: 'mean of five minutes' },
  { path: 'load.fifteen', kind: 'number', title: 'Load15', help: 'mean of fifteen minutes' },
  { path: 'users', kind: 'names', title: 'Users', help: 'who is logged in' },
  { path: 'time.now', kind: 'moment', title: 'Time', help: "the host's clock" },
  {
    path: 'time.offset',
    kind: 'seconds',
    title: 'Offset',
    help: "how far it is ahead of the controller's; negative: behind",
  },
  {
    path: 'time.utcOffset',
    kind: 'seconds',
    title: 'Zone',
    help: 'how far its zone is east of UTC',
  },
  text('packages.manager', 'Packages', 'apt, dnf, yum, zypper, apk, pacman, brew, pkg'),
  {
    path: 'packages.updates',
    kind: 'count',
    title: 'Updates',
    help: 'packages that may be newer, with --updates',
  },
  {
    path: 'packages.securityUpdates',
    kind: 'count',
    title: 'Security',
    help: 'those of them that are about security',
  },
  {
    path: 'rebootRequired',
    kind: 'boolean',
    title: 'Reboot',
    help: 'whether something waits for a restart',
  },
  text('services.manager', 'Services', 'systemd, openrc, launchd, rc, runit, sysvinit'),
  { path: 'services.failed', kind: 'names', title: 'Failed', help: 'services that have failed' },
  text('virtualization', 'Virtual', 'kvm, docker, lxc, vmware; none: on hardware'),
  text('hardware.vendor', 'Vendor', 'who made the machine (DMI)'),
  text('hardware.model', 'Model', 'what the machine is called (DMI)'),
  text('hardware.serial', 'Serial', 'its serial number (DMI), where it may be read'),
];

function text(path: string, title: string, help: string): FactField {
  return { path, kind: 'text', title, help };
}

function bytes(path: string, title: string, help: string): FactField {
  return { path, kind: 'bytes', title, help };
}
