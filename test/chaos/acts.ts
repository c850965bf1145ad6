import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../helpers/eventually.ts';
import { processInfo, signalProcess } from '../helpers/processes.ts';
import type { Nemesis } from './nemesis.ts';
import { LONG_MS } from './rig.ts';

/** One kind of harm. */
export interface Act {
  readonly name: string;
  /** How often it is chosen, beside the others. */
  readonly weight: number;
  /** Gives what it has done, and to whom; null: there was nobody to do it to. */
  harm(nemesis: Nemesis): Promise<string | null> | string | null;
}

export const ACTS: readonly Act[] = [
  {
    name: 'freeze a connection',
    weight: 4,
    harm: (nemesis) => {
      const pid = nemesis.random.pick(nemesis.rig.connections());
      return pid === undefined ? null : nemesis.freeze(pid, nemesis.random.between(200, 4000));
    },
  },
  {
    name: 'kill connections',
    weight: 5,
    harm: ({ rig, random }) => {
      const all = rig.connections();
      // Now and then a whole network goes away.
      const killed = random.chance(0.2) ? all : random.some(all, random.whole(1, 3));
      for (const pid of killed) signalProcess(pid, 'SIGKILL');
      return killed.length === 0 ? null : killed.join(' ');
    },
  },
  {
    name: 'stop a listening server',
    weight: 2,
    harm: async (nemesis) => {
      const { rig, random } = nemesis;
      const index = random.whole(0, rig.daemons.count - 1);
      const ms = random.between(200, 3000);
      if (!(await rig.daemons.end(index))) return null;
      nemesis.later(ms, () => rig.daemons.start(index));
      return `${index} for ${Math.round(ms)} ms`;
    },
  },
  {
    name: 'freeze a listening server',
    weight: 1,
    harm: (nemesis) => {
      const { rig, random } = nemesis;
      const pid = rig.daemons.pid(random.whole(0, rig.daemons.count - 1));
      const ms = random.between(200, 3000);
      return pid === null ? null : nemesis.freeze(pid, ms);
    },
  },
  {
    name: 'kill the controller',
    weight: 2,
    harm: async ({ rig, random }) => {
      const { controllerPid: pid } = rig;
      if (pid === null) return null;
      rig.history.add({ what: 'controller', is: 'killed', pid });
      signalProcess(pid, 'SIGKILL');
      const what = 'the end of the controller';
      await eventually(() => processInfo(pid) === null, { what, deadlineMs: LONG_MS });
      await pause(random.between(0, 1000));
      await rig.startController();
      return `${pid}`;
    },
  },
  {
    name: 'freeze the controller',
    weight: 2,
    harm: (nemesis) => {
      const { controllerPid: pid } = nemesis.rig;
      return pid === null ? null : nemesis.freeze(pid, nemesis.random.between(200, 2500));
    },
  },
  {
    name: 'spoil a way',
    weight: 4,
    harm: (nemesis) => {
      const { detail, heal } = nemesis.rig.ways.spoil(nemesis.random);
      const ms = nemesis.random.between(500, 5000);
      nemesis.later(ms, heal);
      return `${detail} for ${Math.round(ms)} ms`;
    },
  },
  {
    name: 'fill a disk',
    weight: 2,
    harm: (nemesis) => {
      const { disk, history } = nemesis.rig;
      if (disk === null || !disk.fill()) return null;
      // A supervisor looks every five seconds: what is full for less may go unseen.
      const ms = nemesis.random.between(7_000, 12_000);
      history.add({ what: 'disk', is: 'full' });
      nemesis.later(ms, () => disk.free());
      return `${disk.hosts.join(' ')} for ${Math.round(ms)} ms`;
    },
  },
  {
    name: 'set the clock',
    weight: 2,
    harm: ({ rig, random }) => {
      const days = random.pick([-400, -1, -1 / 24, 0, 1 / 24, 1, 30]) ?? 0;
      rig.clock.set(days * DAY_MS);
      return `${days.toFixed(2)} days ahead`;
    },
  },
  {
    name: 'kill a receiver',
    weight: 3,
    harm: ({ random, readers }) => {
      const pid = random.pick(readers.pids());
      if (pid === undefined) return null;
      signalProcess(pid, 'SIGKILL');
      return `${pid}`;
    },
  },
];

const DAY_MS = 86_400_000;
