import type { Facts, PackageManager } from '../../model/facts.ts';
import { parseAddresses } from './parse-addresses.ts';
import { parseDisks } from './parse-disks.ts';
import { parseHardware, parseVirtualization } from './parse-hardware.ts';
import { parseCpu, parseMemory, parseSwap } from './parse-memory.ts';
import { parseOs, parseUname, type Uname } from './parse-os.ts';
import { parseLoad, parseTime, parseUptime, type Asked } from './parse-time.ts';
import { all, first, names, sort, text, whole, type Said } from './said.ts';

/**
 * What `factsProgram` made a host say, as facts: the lines between its first and its last, without the mark. Lines that are
 * not understood are passed over. `at` and `answeredAt` are the controller's time, in milliseconds: when it asked, and when
 * the line of the clock had come, or all of it. null: the host does not even say what it is.
 */
export function parseFacts(lines: readonly string[], asked: Asked): Facts | null {
  const said = sort(lines);
  const uname = parseUname(said);
  if (uname === null) return null;
  const time = parseTime(said, asked);
  const virtualization = parseVirtualization(said, uname);
  const manager = MANAGERS.find((known) => known === first(said, 'manager')) ?? null;
  return {
    os: parseOs(said, uname.family),
    kernel: { release: uname.release, version: uname.version },
    architecture: uname.architecture,
    hostname: uname.hostname,
    cpu: parseCpu(said),
    memory: parseMemory(said),
    swap: parseSwap(said),
    disks: parseDisks(said),
    addresses: parseAddresses(said),
    uptime: parseUptime(said, time.now),
    load: parseLoad(said),
    users: names(
      all(said, 'who').map((line) => text(/^\S+/u.exec(line)?.[0])),
      MOST_NAMES,
    ),
    time,
    packages: {
      manager,
      updates: whole(first(said, 'updates')),
      securityUpdates: whole(first(said, 'security')),
    },
    rebootRequired: rebootOf(said, { manager, uname, virtualization }),
    services: parseServices(said),
    virtualization,
    hardware: parseHardware(said),
  };
}

interface About {
  readonly manager: PackageManager | null;
  readonly uname: Uname;
  readonly virtualization: string | null;
}

/**
 * A manager that keeps one kernel removes the modules of the one that runs. Where others are kept beside it, that they are
 * there tells nothing. FreeBSD tells the kernel that is installed; a container runs its host's.
 */
function rebootOf(said: Said, { manager, uname, virtualization }: About): boolean | null {
  const told = all(said, 'reboot');
  if (told.includes('yes')) return true;
  if (told.includes('no')) return false;
  const isShared = all(said, 'container').length > 0 || virtualization === 'jail';
  const kernel = first(said, 'freebsd');
  if (isShared) return null;
  if (kernel !== null) return uname.release === null ? null : text(kernel) !== uname.release;
  const modules = first(said, 'modules');
  if (modules === 'gone') return true;
  return modules === 'here' && (manager === 'apk' || manager === 'pacman') ? false : null;
}

function parseServices(said: Said): Facts['services'] {
  const manager = SERVICE_MANAGERS.find((known) => known === first(said, 'services')) ?? null;
  // Older ones put a mark ahead of the name.
  const failed = all(said, 'failed').map((line) =>
    text(/^(?:[●*x]\s+)?(\S+)/u.exec(line.trim())?.[1]),
  );
  const isTold = said.has('services-asked');
  return { manager, failed: isTold ? names(failed, MOST_NAMES) : null };
}

const MANAGERS = ['apt', 'dnf', 'yum', 'zypper', 'apk', 'pacman', 'brew', 'pkg'] as const;
const SERVICE_MANAGERS = ['systemd', 'openrc', 'launchd', 'rc', 'runit', 'sysvinit'] as const;
const MOST_NAMES = 1_024;
