import { connectHere } from './connect-here.ts';
import { say } from './protocol.ts';
import { localSpec } from '../../../src/work/kinds.ts';
import { localTarget } from '../../../src/model/target.ts';
import { definitionOf } from './connect-here.ts';

// Starts a local process that writes so many bytes of text, and takes them all through the controller's socket.
const wanted = Number(process.argv[2]);
const controller = await connectHere();
const before = (await controller.serviceStatus()).rssBytes;
let largest = before;
const watching = setInterval(() => {
  void controller.serviceStatus().then(({ rssBytes }) => {
    largest = Math.max(largest, rssBytes);
  });
}, 200);
const began = performance.now();
const job = await controller.start(
  definitionOf(
    localSpec([`yes '${'a line of text as logs have them '.repeat(3)}' | head -c ${wanted}`], {
      cwd: '/',
      env: { PATH: process.env['PATH'] ?? '' },
    }),
    [localTarget('bench')],
  ),
);
let bytes = 0;
for await (const event of controller.follow(job.id)) {
  if (event.event === 'record') bytes += event.record.data.byteLength;
}
const wallMs = performance.now() - began;
clearInterval(watching);
await controller.remove(job.id);
await controller.dispose();
if (bytes !== wanted) throw new Error(`${bytes} bytes came, ${wanted} were written`);
say({ bytes, wallMs, growthMb: (largest - before) / 1e6 });
