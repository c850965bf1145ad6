import { Controller } from '../../../src/index.ts';
import { inTurn, median } from '../statistics.ts';
import { controllerOf } from './muster-job.ts';
import { readTask, say } from './protocol.ts';

// One job after another, of each kind in turn: what the kinds cost beside each other.
const ROUNDS = 50;
const task = readTask();
const { user, port } = task;
const hosts = task.hosts.slice(0, 1);
await using kept = controllerOf(task);
await using fresh = new Controller({
  access: { knownHosts: [task.knownHosts], identities: [task.identity], agent: null },
  keepMs: 0,
});
const remote = { hosts, command: 'true', user, port };
const kinds = {
  'a thread': () => kept.startThread(() => undefined),
  'a local process': () => kept.startLocal(['true']),
  'a remote command, connection kept': () => kept.start(remote),
  'a remote command, fresh connection': () => fresh.start(remote),
};
const once = async (start: () => ReturnType<Controller['start']>): Promise<number> => {
  const began = performance.now();
  const job = await start();
  const { state } = await job.wait();
  const ms = performance.now() - began;
  if (state !== 'Completed') throw new Error(`it ended as ${state}`);
  await job.remove();
  return ms;
};
// What a first job loads is no cost of each.
for (const start of Object.values(kinds)) await once(start);
const samples = await inTurn(
  ROUNDS,
  Object.values(kinds).map((start) => () => once(start)),
);
say(
  Object.keys(kinds).map((kind, index) => {
    const ms = samples[index] ?? [];
    return { kind, medianMs: median(ms), fastestMs: Math.min(...ms), slowestMs: Math.max(...ms) };
  }),
);
