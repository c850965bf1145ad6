import type { Client } from 'ssh2';
import { connectBare, loginOf, runTrue } from './bare-ssh2.ts';
import { eachOf, ownCost, readTask, say } from './protocol.ts';

// The second `true` on every host, over the connections of the first.
const task = readTask();
const login = loginOf(task);
const clients: Client[] = [];
await eachOf(task.hosts, task.fanout, async (host) => {
  const client = await connectBare(host, login);
  clients.push(client);
  await runTrue(client);
});
const cost = await ownCost(() => eachOf(clients, task.fanout, runTrue));
for (const client of clients) client.end();
say(cost);
