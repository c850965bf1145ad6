import { connectBare, loginOf, runTrue } from './bare-ssh2.ts';
import { eachOf, readTask } from './protocol.ts';

// `true` on every host over a new connection.
const task = readTask();
const login = loginOf(task);
await eachOf(task.hosts, task.fanout, async (host) => {
  const client = await connectBare(host, login);
  await runTrue(client);
  client.end();
});
