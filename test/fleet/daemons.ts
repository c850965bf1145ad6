import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { eventually } from '../helpers/eventually.ts';
import { descendantsOf, signalProcess } from '../helpers/processes.ts';
import { freePort } from './loopback.ts';

/** Starts the daemons, one for sixteen hosts or fewer, on one port; on another where somebody took it first. */
export async function listen(
  sshd: string,
  through: readonly string[],
  hosts: readonly string[],
  hostsOfOne: number,
  log: string,
  fixedPort: number | null,
  configure: (port: number, addresses: readonly string[], index: number) => string,
): Promise<{ port: number; daemons: ChildProcess[] }> {
  const shares = Array.from({ length: Math.ceil(hosts.length / hostsOfOne) }, (_, index) =>
    hosts.slice(index * hostsOfOne, (index + 1) * hostsOfOne),
  );
  for (let attempt = 1; ; attempt += 1) {
    const port = fixedPort ?? (await freePort(hosts[0] ?? '127.0.0.1'));
    writeFileSync(log, '');
    const daemons = shares.map((share, index) => {
      const args = ['-D', '-f', configure(port, share, index), '-E', log];
      const [program, ...words] = [...through, sshd, ...args];
      return spawn(program ?? sshd, words, { stdio: 'ignore' });
    });
    const ended = new AbortController();
    for (const daemon of daemons) {
      daemon.once('exit', () => ended.abort());
      daemon.once('error', () => ended.abort());
    }
    const listening = await eventually(
      () => {
        if (ended.signal.aborted) return 'ended';
        const lines = readFileSync(log, 'utf8').match(/^Server listening on /gmu)?.length ?? 0;
        return lines === hosts.length ? 'listening' : null;
      },
      { deadlineMs: START_DEADLINE_MS, what: 'sshd listening' },
    );
    if (listening === 'listening') return { port, daemons };
    const said = readFileSync(log, 'utf8');
    await stopFleet(daemons, []);
    if (
      !said.includes('Address already in use') ||
      attempt === START_ATTEMPTS ||
      fixedPort !== null
    ) {
      throw new Error(`sshd does not start: ${said.trim()}`);
    }
  }
}

/** `signal`: what ends a daemon. */
export async function stopFleet(
  daemons: readonly ChildProcess[],
  files: readonly string[],
  signal: NodeJS.Signals = 'SIGTERM',
): Promise<void> {
  const servers = daemons
    .flatMap((daemon) => (daemon.pid === undefined ? [] : descendantsOf(daemon.pid)))
    .filter(({ args }) => args[0]?.includes('sshd') === true);
  await Promise.all(daemons.map((daemon) => endProcess(daemon, signal)));
  for (const { pid } of servers) signalProcess(pid, 'SIGKILL');
  await eventually(() => servers.every(({ pid }) => !existsSync(`/proc/${pid}`)), {
    what: 'the end of the connections',
  });
  for (const file of files) rmSync(file, { recursive: true, force: true });
}

/** Waits for the end of a child, whether or not it is there still. */
async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  // A listener that a test has frozen takes SIGTERM only after SIGCONT.
  child.kill(signal);
  child.kill('SIGCONT');
  await exited;
}

/** sshd.c, MAX_LISTEN_SOCKS: more ListenAddress lines are fatal. */
export const HOSTS_OF_ONE_SSHD = 16;
const START_DEADLINE_MS = 30_000;
const START_ATTEMPTS = 5;
