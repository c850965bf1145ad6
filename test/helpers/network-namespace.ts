import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

/** A network of one's own with nothing in it but loopback; it is gone when its last process is. */
export interface NetworkNamespace {
  /** Words that run the command after them in it. */
  readonly enter: readonly string[];
  /** From now on the kernel answers "no route to host" for this address, as an ICMP reject would make it. */
  makeUnreachable(address: string): void;
  stop(): Promise<void>;
}

/** Whether this machine lets us make one. */
export function namespacesAllowed(): boolean {
  return spawnSync('unshare', ['--net', 'ip', 'link', 'set', 'lo', 'up']).status === 0;
}

export async function startNamespace(): Promise<NetworkNamespace> {
  const script = 'ip link set lo up && echo ready && exec cat';
  const holder = spawn('unshare', ['--net', 'sh', '-c', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  // unshare, sh and cat follow each other in one process.
  const enter = ['nsenter', `--net=/proc/${holder.pid}/ns/net`];
  return {
    enter,
    makeUnreachable: (address) => {
      // The local table has all of 127.0.0.0/8; the longer prefix wins.
      const route = ['ip', 'route', 'add', 'unreachable', `${address}/32`, 'table', 'local'];
      const [program, ...words] = [...enter, ...route];
      const done = spawnSync(program ?? '', words, { encoding: 'utf8' });
      if (done.status !== 0) throw new Error(`ip route: ${done.stderr}`);
    },
    stop: async () => {
      const exited = once(holder, 'exit');
      holder.stdin.end();
      await exited;
    },
  };
}
