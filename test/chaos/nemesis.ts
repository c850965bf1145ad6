import { setTimeout as pause } from 'node:timers/promises';
import { signalProcess } from '../helpers/processes.ts';
import { ACTS, type Act } from './acts.ts';
import type { Random } from './random.ts';
import type { Readers } from './readers.ts';
import type { Rig } from './rig.ts';

/** Does harm to hosts, connections, the controller and receivers, one act after another, and heals all of it at the end. */
export class Nemesis {
  readonly rig: Rig;
  readonly random: Random;
  readonly readers: Readers;
  /** What is to be undone. */
  readonly #healing = new Map<NodeJS.Timeout, () => void>();

  constructor(rig: Rig, random: Random, readers: Readers) {
    this.rig = rig;
    this.random = random;
    this.readers = readers;
  }

  async run(goesOn: () => boolean): Promise<void> {
    const bag = ACTS.flatMap((act) => Array.from({ length: act.weight }, () => act));
    try {
      while (goesOn()) {
        await pause(this.random.between(200, 2000));
        const act: Act | undefined = this.random.pick(bag);
        const detail = await act?.harm(this);
        if (typeof detail !== 'string' || act === undefined) continue;
        this.rig.history.add({ what: 'act', act: act.name, detail });
      }
    } finally {
      await this.#heal();
    }
  }

  /** Stops a process for a while. */
  freeze(pid: number, ms: number): string {
    signalProcess(pid, 'SIGSTOP');
    this.later(ms, () => signalProcess(pid, 'SIGCONT'));
    return `${pid} for ${Math.round(ms)} ms`;
  }

  /** Undoes something after that time, or at the end of the run. */
  later(ms: number, undo: () => void): void {
    const timer = setTimeout(() => {
      this.#healing.delete(timer);
      undo();
    }, ms);
    this.#healing.set(timer, undo);
  }

  async #heal(): Promise<void> {
    for (const [timer, undo] of this.#healing) {
      clearTimeout(timer);
      undo();
    }
    this.#healing.clear();
    for (let index = 0; index < this.rig.daemons.count; index += 1) this.rig.daemons.start(index);
    this.rig.clock.set(0);
    await this.rig.startController();
    this.rig.history.add({ what: 'calm' });
  }
}
