import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { startFleet, type Fleet } from '../fleet/sshd.ts';
import { errorCode } from '../helpers/error-code.ts';
import { FILE_VARIABLE } from '../setup/run-folder.ts';

/**
 * Hosts beside those of a fleet whose home is a disk of a few megabytes, which can be filled. It is mounted in a namespace
 * that ends with its last process: whatever becomes of this one, nothing of it is left.
 */
export class SmallDisk {
  readonly hosts: readonly string[];
  /** Where the home is to be seen from here. */
  readonly home: string;
  readonly #holder: ChildProcess;
  readonly #fleets: readonly Fleet[];
  #isFull = false;

  private constructor(holder: ChildProcess, home: string, fleets: readonly Fleet[]) {
    this.#holder = holder;
    this.home = home;
    this.#fleets = fleets;
    this.hosts = fleets.flatMap((one) => one.addresses(1));
  }

  /** null: this machine lets us mount nothing. */
  static async start(fleet: Fleet): Promise<SmallDisk | null> {
    const home = join(fleet.folder, 'small');
    mkdirSync(home);
    const holder = spawn('unshare', ['-m', 'sh', '-c', HOLD, home], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const ready = once(holder.stdout, 'data').then(() => true);
    const failed = Promise.race([once(holder, 'error'), once(holder, 'exit')]).then(() => false);
    if (!(await Promise.race([ready, failed]))) return null;
    const mark = `${FILE_VARIABLE}=${process.env[FILE_VARIABLE] ?? 'none'}`;
    const fleets: Fleet[] = [];
    for (let index = 0; index < HOSTS; index += 1) {
      fleets.push(
        await startFleet({
          place: fleet.spare(index),
          through: ['nsenter', '-m', '-t', `${holder.pid}`],
          config: [`SetEnv ${mark} HOME=${home}`, 'MaxStartups 1000'],
        }),
      );
    }
    return new SmallDisk(holder, `/proc/${holder.pid}/root${home}`, fleets);
  }

  /** Takes all the room there is; false: it is taken already. */
  fill(): boolean {
    if (this.#isFull) return false;
    this.#isFull = true;
    const descriptor = openSync(join(this.home, BALLAST), 'w');
    try {
      for (const size of [1_048_576, 4_096]) {
        const block = Buffer.alloc(size);
        while (wasWritten(descriptor, block));
      }
    } finally {
      closeSync(descriptor);
    }
    return true;
  }

  free(): void {
    rmSync(join(this.home, BALLAST), { force: true });
    this.#isFull = false;
  }

  connections(): readonly number[] {
    return this.#fleets.flatMap((one) => one.connectionPids());
  }

  async stop(): Promise<void> {
    for (const one of this.#fleets) await one.stop();
    const exited = once(this.#holder, 'exit');
    this.#holder.stdin?.end();
    await exited;
  }
}

function wasWritten(descriptor: number, block: Buffer): boolean {
  try {
    return writeSync(descriptor, block) === block.length;
  } catch (error) {
    if (errorCode(error) === 'ENOSPC') return false;
    throw error;
  }
}

/** It ends when its input does. */
const HOLD = 'mount -t tmpfs -o size=64m,mode=0700 muster-test "$0" && echo ready && exec cat';
const BALLAST = 'ballast';
const HOSTS = 2;
