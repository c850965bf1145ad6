import { dirname } from 'node:path';
import { connect } from '../../../src/service/client/connect.ts';
import { definition } from '../../controller/fakes.ts';

/**
 * A client in a process of its own, to be killed: `receiver.ts SOCKET VERSION receive|follow|wait|own JOB`. It says each
 * record it has, one `CHILD SEQ` a line, before it asks for the next.
 */
const [socket = '', version = '', verb = '', job = ''] = process.argv.slice(2);
const controller = await connect(
  { instance: 'default', folder: dirname(socket), socket, lock: '', journal: '', log: '' },
  version,
);
if (controller === null) throw new Error('nobody listens');
const id = Number(job);

switch (verb) {
  case 'receive':
    for await (const { childId, seq } of controller.receive(id)) await say(`${childId} ${seq}`);
    break;
  case 'follow':
    for await (const event of controller.follow(id)) {
      if (event.event === 'record') await say(`${event.jobId} ${event.record.seq}`);
    }
    break;
  case 'own': {
    const own = await controller.start(definition(['a']), { owned: true });
    await say(`own ${own.id}`);
    for await (const event of controller.follow(own.id)) await say(event.event);
    break;
  }
  default:
    await say('waiting');
    await controller.wait(id);
}
await controller.dispose();

function say(line: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(`${line}\n`, () => resolve()));
}
