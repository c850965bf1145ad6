import { Controller } from '../../../src/index.ts';
import type { Task } from './protocol.ts';

export function controllerOf(task: Task): Controller {
  return new Controller({
    access: { knownHosts: [task.knownHosts], identities: [task.identity], agent: null },
  });
}

/** Runs `true` on the hosts, sees to it that every one of them did, and forgets the job. */
export async function runTrueOn(
  controller: Controller,
  task: Task,
  hosts: readonly string[] = task.hosts,
): Promise<void> {
  const { user, port, fanout } = task;
  const job = await controller.start({ hosts, command: 'true', user, port, fanout });
  const { state, children } = await job.wait();
  const failed = children.filter((child) => child.state !== 'Completed');
  if (failed.length > 0) {
    const [first] = failed;
    throw new Error(
      `${state}: ${failed.length} hosts, first ${first?.host}: ${first?.statusMessage}`,
    );
  }
  await job.remove();
}
