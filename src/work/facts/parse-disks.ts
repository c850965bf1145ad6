import type { Disk } from '../../model/facts.ts';
import { all, text, whole, type Said } from './said.ts';

/** A line of df(1). */
interface Row {
  readonly source: string;
  readonly type: string | null;
  readonly mount: string;
  readonly total: number;
  readonly used: number;
  readonly free: number;
}

/**
 * What is backed by something: a disk, or another host. A bind mount has the source of what it shows, which counts once,
 * where its mount is shortest. A container's own root is an overlay; others are of containers, and stand on its disk.
 */
export function parseDisks(said: Said): readonly Disk[] {
  const types = mountTypes(said);
  const rows = [
    ...all(said, 'df-type').map((line) => rowOf(line, 'typed')),
    ...all(said, 'df').map((line) => rowOf(line, types)),
  ];
  const bySource = new Map<string, Row>();
  for (const row of rows) {
    if (row === null || !isReal(row)) continue;
    const before = bySource.get(row.source);
    if (before === undefined || row.mount.length < before.mount.length) {
      bySource.set(row.source, row);
    }
  }
  return [...bySource.values()].slice(0, MOST_DISKS).flatMap(diskOf);
}

/** Names may have blanks in them: a line is taken apart where its numbers are. */
function rowOf(line: string, types: 'typed' | ReadonlyMap<string, string>): Row | null {
  const numbers = NUMBERS.exec(line);
  const mount = line.slice((numbers?.index ?? 0) + (numbers?.[0].length ?? 0));
  const total = whole(numbers?.[1], 1024);
  const used = whole(numbers?.[2], 1024);
  const free = whole(numbers?.[3]?.replace(/^-\d+$/u, '0'), 1024);
  if (numbers === null || total === null || used === null || free === null) return null;
  const head = line.slice(0, numbers.index).trim();
  if (types !== 'typed') {
    return { source: head, type: types.get(mount) ?? null, mount, total, used, free };
  }
  const at = head.lastIndexOf(' ');
  const source = head.slice(0, Math.max(at, 0)).trim();
  return source === '' ? null : { source, type: head.slice(at + 1), mount, total, used, free };
}

/** mount(8) of macOS: `/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)`. */
function mountTypes(said: Said): ReadonlyMap<string, string> {
  const types = new Map<string, string>();
  for (const line of all(said, 'mount')) {
    const from = line.indexOf(' on /');
    const to = line.lastIndexOf(' (');
    const type = /^ \(([\w.-]+)/u.exec(line.slice(Math.max(to, 0)))?.[1];
    if (from !== -1 && to > from && type !== undefined) types.set(line.slice(from + 4, to), type);
  }
  return types;
}

function isReal({ source, type, mount, total }: Row): boolean {
  if (total === 0) return false;
  if (type === null) return !NO_SOURCE.test(source);
  return type === 'overlay' || type === 'aufs' ? mount === '/' : !PSEUDO.test(type);
}

/** In hundredths as df(1) has it: of what who is not root may have, rounded up. */
function diskOf({ source, type, mount, total, used, free }: Row): readonly Disk[] {
  const safe = { mount: text(mount, LONGEST), source: text(source, LONGEST) };
  if (safe.mount === null || safe.source === null) return [];
  const usedPercent = used + free === 0 ? 0 : Math.ceil((used / (used + free)) * 100);
  return [
    {
      mount: safe.mount,
      source: safe.source,
      type: text(type, 64),
      total: total,
      used: used,
      free: free,
      usedPercent,
    },
  ];
}

const NUMBERS = / (\d{1,16}) +(\d{1,16}) +(-?\d{1,16}) +(?:\d{1,9}%|-) +(?=\/)/u;
/** Where the types are not told. */
const NO_SOURCE =
  /^(?:tmpfs|devtmpfs|devfs|udev|dev|run|none|shm|proc|sysfs|cgroup.*|map .*|overlay)$/u;
const PSEUDO =
  /^(?:autofs|bpf|cgroup2?|configfs|debugfs|devfs|devpts|devtmpfs|efivarfs|fdescfs|fuse\.(?:gvfsd-fuse|lxcfs|portal|snapfuse)|fusectl|hugetlbfs|linprocfs|linsysfs|mqueue|nsfs|nullfs|proc|procfs|pstore|ramfs|rootfs|securityfs|squashfs|sysfs|tmpfs|tracefs)$/u;
const MOST_DISKS = 256;
/** PATH_MAX would be too much for a line. */
const LONGEST = 1_024;
