import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { descendantsOf } from './processes.ts';

/** The processes, of these and what they began, that serve an accepted TCP connection at this IPv4 address. */
export function serversOf(address: string, pids: readonly number[]): readonly number[] {
  const inodes = new Set(connectionsAt(address).map((inode) => `socket:[${inode}]`));
  const all = pids.flatMap((pid) => [pid, ...descendantsOf(pid).map((child) => child.pid)]);
  return all.filter((pid) => filesOf(pid).some((file) => inodes.has(file)));
}

/** proc(5): /proc/net/tcp, state 01, an established connection; the address is a number of this machine's byte order. */
function connectionsAt(address: string): readonly string[] {
  const bytes = address.split('.').map(Number).toReversed();
  const hex = Buffer.from(bytes).toString('hex').toUpperCase();
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/u))
    .filter(([, local = '', , state]) => local.startsWith(`${hex}:`) && state === '01')
    .map((fields) => fields[9] ?? '');
}

function filesOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((name) => readlinkSync(`/proc/${pid}/fd/${name}`));
  } catch {
    // It has ended in between.
    return [];
  }
}
