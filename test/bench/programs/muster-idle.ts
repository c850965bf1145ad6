import { sayGrowth } from './held-memory.ts';
import { controllerOf, runTrueOn } from './muster-job.ts';
import { readTask } from './protocol.ts';

// What a connection that waits for the next command holds; the hosts are in another process.
const task = readTask();
await using controller = controllerOf(task);
await sayGrowth(task, (hosts) => runTrueOn(controller, task, hosts));
