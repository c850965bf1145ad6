import { controllerOf, runTrueOn } from './muster-job.ts';
import { ownCost, readTask, say } from './protocol.ts';

// The second `true` on every host by one controller, over the connections of the first.
const task = readTask();
await using controller = controllerOf(task);
await runTrueOn(controller, task);
say(await ownCost(() => runTrueOn(controller, task)));
