/**
 * What is known of one host, as `muster facts` gives it: amounts in bytes, times in seconds. null: the host does not tell, or
 * it does not apply there. What comes from the host is safe text. `fact-fields.ts` says the unit of each.
 * An alias and no interface, as those it has: only so it is Json as it is.
 */
export type Facts = {
  readonly os: {
    /** os-release(5)'s ID: `debian`, `alpine`, `fedora`; `macos`, `freebsd`. */
    readonly id: string | null;
    /** PRETTY_NAME. */
    readonly name: string | null;
    /** VERSION_ID, like `12` or `3.20.1`. */
    readonly version: string | null;
    /** VERSION_CODENAME, like `bookworm`. */
    readonly codename: string | null;
    /** `uname -s` in lower case: `linux`, `darwin`, `freebsd`. */
    readonly family: string;
  };
  readonly kernel: { readonly release: string | null; readonly version: string | null };
  /** `uname -m`, like `x86_64`. */
  readonly architecture: string | null;
  /** As the host calls itself. */
  readonly hostname: string | null;
  readonly cpu: { readonly count: number | null; readonly model: string | null };
  readonly memory: Amounts;
  readonly swap: Amounts;
  /** File systems that are backed by something; each source once. */
  readonly disks: readonly Disk[];
  readonly addresses: readonly Address[];
  readonly uptime: number | null;
  /** Means of 1, 5 and 15 minutes. */
  readonly load: { readonly one: number; readonly five: number; readonly fifteen: number } | null;
  /** Names of those who are logged in, each once, in order. */
  readonly users: readonly string[];
  readonly time: {
    /** The host's clock, ISO 8601. */
    readonly now: string | null;
    /** By how many seconds it is ahead of the controller's; negative: behind. As exact as half a round trip. */
    readonly offset: number | null;
    /** Seconds east of UTC. */
    readonly utcOffset: number | null;
  };
  readonly packages: {
    /** What installs them; null: none that is known. */
    readonly manager: PackageManager | null;
    /** How many may be newer, by what the host last heard; null: not asked (`--updates`), or nobody knows. */
    readonly updates: number | null;
    /** Those of them that are about security, where the manager tells. */
    readonly securityUpdates: number | null;
  };
  /** Whether something waits for it. */
  readonly rebootRequired: boolean | null;
  readonly services: {
    /** `systemd`, `openrc`, `launchd`, `rc`, `runit`, `sysvinit`. */
    readonly manager: string | null;
    /** Names of those that have failed. */
    readonly failed: readonly string[] | null;
  };
  /** `kvm`, `docker`, `lxc`, `vmware` ...; `none`: on hardware. */
  readonly virtualization: string | null;
  /** As DMI has it, where it may be read. */
  readonly hardware: {
    readonly vendor: string | null;
    readonly model: string | null;
    readonly serial: string | null;
  };
};

export type Amounts = {
  readonly total: number | null;
  readonly used: number | null;
  /** What a program could have: of memory, what is available. */
  readonly free: number | null;
};

export type Disk = {
  readonly mount: string;
  readonly source: string;
  /** The file system, where the host tells. */
  readonly type: string | null;
  readonly total: number;
  readonly used: number;
  /** For who is not root. */
  readonly free: number;
  readonly usedPercent: number;
};

export type Address = {
  readonly interface: string;
  readonly address: string;
  readonly family: 'ipv4' | 'ipv6';
  /** Bits of the network; null: not told. */
  readonly prefix: number | null;
};

export type PackageManager = 'apt' | 'dnf' | 'yum' | 'zypper' | 'apk' | 'pacman' | 'brew' | 'pkg';
