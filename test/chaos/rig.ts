import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { RemoteController } from '../../src/service/service.ts';
import { connect } from '../../src/service/client/connect.ts';
import { ConfigError } from '../../src/model/errors.ts';
import { servicePaths } from '../../src/service/paths.ts';
import { VERSION } from '../../src/version.ts';
import { startFleet, type Fleet } from '../fleet/sshd.ts';
import { processInfo } from '../helpers/processes.ts';
import { background, type Background } from '../helpers/background.ts';
import { makeBlobs, type Blobs } from './commands.ts';
import { Daemons } from './daemons.ts';
import type { History } from './history.ts';
import type { Random } from './random.ts';
import { SmallDisk } from './small-disk.ts';
import { WallClock } from './wall-clock.ts';
import { Ways } from './ways.ts';

interface RigParts {
  readonly fleet: Fleet;
  /** Hosts of the fleet. */
  readonly count: number;
  readonly disk: SmallDisk | null;
  readonly ways: Ways;
  readonly clock: WallClock;
  readonly bg: Background;
  readonly blobs: Blobs;
  readonly history: History;
}

/** Hosts, a controller in the background, and what commands and checker share. */
export class Rig {
  readonly fleet: Fleet;
  /** null: this machine has none. */
  readonly disk: SmallDisk | null;
  readonly daemons: Daemons;
  readonly ways: Ways;
  readonly clock: WallClock;
  readonly bg: Background;
  readonly blobs: Blobs;
  readonly history: History;
  /** Where commands count their beginnings. */
  readonly begun: string;
  readonly #count: number;
  #client: RemoteController | null = null;

  private constructor(parts: RigParts) {
    const { fleet, count, disk, ways, clock, bg, blobs, history } = parts;
    this.#count = count;
    this.fleet = fleet;
    this.disk = disk;
    this.daemons = new Daemons(fleet);
    this.ways = ways;
    this.clock = clock;
    this.bg = bg;
    this.blobs = blobs;
    this.history = history;
    this.begun = join(blobs.folder, 'begun');
  }

  static async start(hosts: number, random: Random, history: History): Promise<Rig> {
    const fleet = await startFleet({ hosts, config: ['MaxStartups 1000'] });
    const disk = await SmallDisk.start(fleet);
    history.add({ what: 'small', hosts: disk?.hosts ?? [] });
    const ways = await Ways.start(fleet, fleet.addresses(hosts));
    const clock = new WallClock(fleet.folder);
    const bg = background({ program: clock.program, deadlineMs: LONG_MS });
    const folder = join(fleet.folder, 'shared');
    mkdirSync(folder);
    const blobs = makeBlobs(folder, random);
    for (const name of ['binary', 'large', 'input'] as const) {
      writeFileSync(join(folder, name), blobs[name]);
    }
    const rig = new Rig({ fleet, count: hosts, disk, ways, clock, bg, blobs, history });
    writeFileSync(rig.begun, '');
    await rig.startController();
    return rig;
  }

  /** All of them, those with a small disk last. */
  get hosts(): readonly string[] {
    return [...this.fleet.addresses(this.#count), ...(this.disk?.hosts ?? [])];
  }

  /** A process for each connection to a host. */
  connections(): readonly number[] {
    return [...this.daemons.connections(), ...(this.disk?.connections() ?? [])];
  }

  #controllerPid: number | null = null;

  /** The process of the controller that was started last; null: it is gone, and its number may be a stranger's. */
  get controllerPid(): number | null {
    const pid = this.#controllerPid;
    const isOurs = pid !== null && processInfo(pid)?.args.includes(this.clock.program) === true;
    return isOurs ? pid : null;
  }

  /** Starts one where none runs; another one may have been started by a verb meanwhile. */
  async startController(): Promise<void> {
    const until = performance.now() + START_MS;
    for (;;) {
      const started = await this.bg.muster(['controller', 'start'], { deadlineMs: LONG_MS });
      const pid = await this.bg.pid();
      this.#controllerPid = pid;
      this.history.add({ what: 'controller', is: 'started', pid });
      if (started.code === 0 && pid !== null) return;
      // One that somebody else has begun may take its time on a busy machine.
      if (performance.now() > until) {
        throw new Error(`no controller starts: ${started.text}${started.errorText}`);
      }
    }
  }

  /** Asks the controller; null: it is away, or went away while it was asked. */
  async ask<T>(question: (client: RemoteController) => Promise<T>): Promise<T | null> {
    try {
      const client = (this.#client ??= await this.connect());
      return client === null ? null : await question(client);
    } catch (error) {
      if (!(error instanceof ConfigError) || error.code !== 'service') throw error;
      this.#client = null;
      return null;
    }
  }

  /** A connection of the caller's own. */
  connect(): Promise<RemoteController | null> {
    const { XDG_RUNTIME_DIR: xdgRuntimeDir = null, XDG_STATE_HOME: state = '' } = this.bg.env;
    const stateDir = join(state, 'muster');
    return connect(servicePaths({ xdgRuntimeDir, stateDir, instance: 'default' }), VERSION);
  }

  /** What servers and controllers have said goes with the history. */
  #keepLogs(): void {
    const state = join(this.bg.folder, 'state', 'muster');
    for (const file of [
      join(this.fleet.folder, 'sshd.log'),
      join(state, 'default.log'),
      join(state, 'default.journal'),
    ]) {
      copyFileSync(file, join(dirname(this.history.file), basename(file)));
    }
  }

  begunLines(): readonly string[] {
    return readFileSync(this.begun, 'utf8').split('\n').filter(Boolean);
  }

  async stop(): Promise<void> {
    this.#keepLogs();
    await this.ask((client) => client.dispose());
    await this.bg.close();
    await this.ways.stop();
    await this.daemons.stop();
    await this.disk?.stop();
    await this.fleet.stop();
  }
}

/** For a controller to begin, on a machine that has much else to do. */
const START_MS = 300_000;
/** For a verb that may meet a controller that stands still. */
export const LONG_MS = 180_000;
