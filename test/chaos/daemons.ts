import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sshdPath } from '../fleet/sshd-config.ts';
import type { Fleet } from '../fleet/sshd.ts';
import { errorCode } from '../helpers/error-code.ts';
import { eventually } from '../helpers/eventually.ts';
import { childrenOf, processInfo, signalProcess } from '../helpers/processes.ts';

/** The listening servers of a fleet, each of which may be stopped and started again. */
export class Daemons {
  readonly #fleet: Fleet;
  /** Those that were started here, in place of the fleet's own. */
  readonly #ours: ChildProcess[] = [];
  /** Connections of servers that were stopped, with when each process began: they go on. */
  readonly #orphans = new Map<number, string>();

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  get count(): number {
    return readdirSync(this.#fleet.folder).filter((name) => name.startsWith(CONFIG)).length;
  }

  /** The listening process with that configuration; null: it is stopped. */
  pid(index: number): number | null {
    const file = this.#config(index);
    return childrenOf(process.pid).find(({ args }) => listens(args, file))?.pid ?? null;
  }

  /** A process for each connection, also of servers that have gone. */
  connections(): readonly number[] {
    const listening = childrenOf(process.pid).filter(({ args }) =>
      args.join(' ').includes(join(this.#fleet.folder, CONFIG)),
    );
    // Numbers are soon given again on a machine that begins a thousand processes a second, and then are a stranger's.
    for (const [pid, born] of this.#orphans) if (bornAt(pid) !== born) this.#orphans.delete(pid);
    const children = listening.flatMap(({ pid }) => childrenOf(pid).map((child) => child.pid));
    return [...children, ...this.#orphans.keys()].toSorted((one, other) => one - other);
  }

  /** Ends the listening server; its connections stay. */
  async end(index: number): Promise<boolean> {
    const pid = this.pid(index);
    if (pid === null) return false;
    for (const child of childrenOf(pid)) {
      const born = bornAt(child.pid);
      if (born !== null) this.#orphans.set(child.pid, born);
    }
    signalProcess(pid, 'SIGKILL');
    const what = 'the end of a listening sshd';
    await eventually(() => this.pid(index) === null, { what, deadlineMs: END_MS });
    return true;
  }

  start(index: number): void {
    const sshd = sshdPath();
    if (sshd === null || this.pid(index) !== null) return;
    const args = ['-D', '-f', this.#config(index), '-E', join(this.#fleet.folder, 'sshd.log')];
    this.#ours.push(spawn(sshd, args, { stdio: 'ignore' }));
  }

  /** Ends those that were started here and every connection that outlived its server. */
  async stop(): Promise<void> {
    const born = new Map(this.connections().map((pid) => [pid, bornAt(pid)]));
    for (const daemon of this.#ours) {
      if (daemon.exitCode !== null || daemon.signalCode !== null) continue;
      const exited = once(daemon, 'exit');
      daemon.kill('SIGKILL');
      await exited;
    }
    const isOver = ([pid, at]: readonly [number, string | null]): boolean =>
      processInfo(pid) === null || bornAt(pid) !== at;
    for (const one of born) if (!isOver(one)) signalProcess(one[0], 'SIGKILL');
    await eventually(() => [...born].every(isOver), {
      what: 'the end of the connections',
      deadlineMs: END_MS,
    });
  }

  #config(index: number): string {
    return join(this.#fleet.folder, `${CONFIG}${index}`);
  }
}

/** When a process began, in ticks (proc(5)); null: there is none. */
function bornAt(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' && errorCode(error) !== 'ESRCH') throw error;
    return null;
  }
}

/** A server says in its title what it was started with. */
function listens(args: readonly string[], file: string): boolean {
  return `${args.join(' ')} `.includes(`-f ${file} `);
}

const CONFIG = 'sshd_config.';
/** On a busy machine. */
const END_MS = 30_000;
