import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Controller, type Job } from '../../../src/index.ts';
import type { Fleet } from '../../fleet/sshd.ts';
import { processes, signalProcess } from '../../helpers/processes.ts';
import type { Bench } from '../bench-setup.ts';
import { ms, row, type Figure } from '../figure.ts';
import { median } from '../statistics.ts';
import { Children } from '../reattached.ts';

/**
 * Durable commands whose connections are all cut at once, again and again: how long after the first of them has contact
 * again the others do, and whether every byte came once. `share`: of the thousand children that are promised.
 */
export async function reattachFigure(bench: Bench, share = 1): Promise<Figure> {
  const waves = Math.max(1, Math.round((CHILDREN * share) / TOGETHER));
  const came: Came[] = [];
  const queue = Array.from({ length: waves }, (_, wave) => wave).values();
  // Between two cuts there is little to do but to wait.
  const lane = async (): Promise<void> => {
    const fleets = [
      await bench.moreHosts({ hosts: TOGETHER / 2 }),
      await bench.moreHosts({ hosts: TOGETHER / 2 }),
    ];
    for (const wave of queue)
      came.push(await cutAgainAndAgain(fleets, join(bench.folder, `going-${wave}`)));
    for (const fleet of fleets) await fleet.stop();
  };
  await Promise.all(Array.from({ length: Math.min(LANES, waves) }, lane));
  const later = came.flatMap(({ laterMs }) => laterMs.flat());
  const slowest = came.flatMap(({ laterMs }) => laterMs.map((cut) => Math.max(...cut)));
  const bytes = came.reduce((sum, one) => sum + one.bytes, 0);
  const worst = Math.max(...slowest);
  return {
    title: `${waves * TOGETHER} durable commands, each cut off ${CUTS} times, ${TOGETHER} together`,
    columns: ['median ms', 'slowest, median', 'slowest ms', 'MB, all exact'],
    rows: [
      row(
        'back after the first that came back',
        [ms(median(later)), ms(median(slowest)), ms(worst), (bytes / 1e6).toFixed(1)],
        [{ name: 'slowest ms', value: worst, atMost: WITHIN_MS }],
      ),
    ],
    notes: [
      `Their sshd processes are killed. Of each cut: from the first child that is Running again to each of the others. ` +
        `${LANES} such sets at once. The servers, the supervisors and the commands share the machine with muster, and a ` +
        'login costs a server some 40 ms: hence no more together.',
    ],
  };
}

interface Came {
  /** Of each cut, of each child: how long after the first. */
  readonly laterMs: readonly (readonly number[])[];
  readonly bytes: number;
}

/** The commands run as long as there is this file: also where we are stopped, they end with our folder. */
async function cutAgainAndAgain(fleets: readonly Fleet[], going: string): Promise<Came> {
  writeFileSync(going, '');
  await using controller = new Controller({
    access: { knownHosts: fleets.map((fleet) => fleet.knownHosts), agent: null },
    keepMs: 0,
    spillFolder: null,
  });
  const hosts = fleets.flatMap((fleet) =>
    fleet.addresses(TOGETHER / 2).map((address) => fleet.target(address)),
  );
  const job: Job = await controller.start({
    hosts,
    command: command(going),
    durable: true,
    fanout: hosts.length,
  });
  const children = new Children(job, hosts.length);
  const laterMs: number[][] = [];
  for (let cut = 0; cut < CUTS; cut += 1) {
    await children.haveAllSaidMore();
    const servers = new Set(fleets.map(({ pid }) => pid));
    const back = children.nextReturns();
    for (const { pid, parent } of processes())
      if (servers.has(parent)) signalProcess(pid, 'SIGKILL');
    const times = await back;
    const first = Math.min(...times);
    laterMs.push(times.map((time) => time - first));
  }
  rmSync(going);
  const outputs = await children.end();
  await job.remove();
  return { laterMs, bytes: outputs.reduce((sum, output) => sum + exactBytes(output), 0) };
}

/** Numbered lines of a thousand characters, and at the end how many they were. */
function command(going: string): string {
  return `i=0; while [ -e ${going} ]; do i=$((i+1)); printf '%01000d\\n' "$i"; sleep 0.5; done; echo "$i"`;
}

/** Throws where a byte is missing, or there twice. */
function exactBytes(output: Buffer): number {
  const lines = output.toString('latin1').split('\n');
  const count = Number(lines.at(-2));
  const wanted = Array.from({ length: count }, (_, index) => String(index + 1).padStart(1000, '0'));
  if (!(count >= CUTS) || [...wanted, String(count), ''].join('\n') !== lines.join('\n')) {
    throw new Error(`${output.length} bytes came that are not what ${count} lines are`);
  }
  return output.length;
}

const CHILDREN = 1000;
/** As many as two cores can serve while all of them log in again at once; one sshd has no more than sixteen addresses. */
const TOGETHER = 20;
const LANES = 5;
const CUTS = 20;
const WITHIN_MS = 2000;
