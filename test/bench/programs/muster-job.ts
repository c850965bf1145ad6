import { Controller } from '../../../src/index.ts';
import type { Task } from './protocol.ts';

export function controllerOf(task: Task): Controller {
  return new Controller({
    access: { knownHosts: [task.knownHosts], identities: [task.identity], agent: null },
  });
}

/** Runs `true` on the hosts and sees to it that every one of them did. */
export async function runTrueOn(
  controller: Controller,
  task: Task,
  hosts: readonly string[] = task.hosts,
): Promise<void> {
  const { user, port, fanout } = task;
  const job = await controller.start({ hosts, command: 'true', user, port, fanout });
  const { state, counts } = await job.wait();
  if (state !== 'Completed') throw new Error(`${state}: ${JSON.stringify(counts)}`);
}
