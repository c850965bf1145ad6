import { localTarget } from '../../../src/model/target.ts';
import { checkSpec } from '../../../src/work/kinds.ts';
import { connectHere, definitionOf } from './connect-here.ts';

// Puts so many finished jobs into the table of the running controller. Resolving an address asks nobody.
const count = Number(process.argv[2]);
const controller = await connectHere();
const target = { ...localTarget('bench'), name: '127.0.0.1', address: '127.0.0.1' };
let last = 0;
for (let index = 0; index < count; index += 1) {
  ({ id: last } = await controller.start(definitionOf(checkSpec('resolve'), [target])));
}
await controller.wait(last);
await controller.dispose();
