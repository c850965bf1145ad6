import { setTimeout } from 'node:timers/promises';
import { median } from '../statistics.ts';
import { controllerOf } from './muster-job.ts';
import { readTask, say } from './protocol.ts';

// `true` on one host over an open connection, plain and durable in turn; what each cost its child, and us.
const task = readTask();
const rounds = Number(process.argv[3] ?? 30);
const [host = ''] = task.hosts;
await using controller = controllerOf(task);

async function once(durable: boolean): Promise<readonly [child: number, wall: number]> {
  const { user, port } = task;
  const from = performance.now();
  const job = await controller.start({ hosts: [host], command: 'true', user, port, durable });
  const { state, children } = await job.wait();
  const wall = performance.now() - from;
  if (state !== 'Completed') throw new Error(`${state}: ${children[0]?.failure?.message ?? ''}`);
  await job.remove();
  // The host removes what it kept: not while the next one is measured.
  await setTimeout(100);
  return [children[0]?.durationMs ?? Number.NaN, wall];
}

const samples: Readonly<Record<'plain' | 'durable', (readonly [number, number])[]>> = {
  plain: [],
  durable: [],
};
for (const [name, all] of Object.entries(samples))
  await once(name === 'durable').then(() => all.length);
for (let round = 0; round < rounds; round += 1) {
  samples.plain.push(await once(false));
  samples.durable.push(await once(true));
}
say(
  Object.entries(samples).map(([kind, all]) => ({
    kind,
    medianMs: median(all.map(([child]) => child)),
    fastestMs: Math.min(...all.map(([child]) => child)),
    wallMs: median(all.map(([, wall]) => wall)),
  })),
);
