import type { Client } from 'ssh2';
import { connectBare, loginOf, runTrue } from './bare-ssh2.ts';
import { sayGrowth } from './held-memory.ts';
import { eachOf, readTask } from './protocol.ts';

// As muster-idle, with nothing but ssh2.
const task = readTask();
const login = loginOf(task);
const clients: Client[] = [];
await sayGrowth(task, (hosts) =>
  eachOf(hosts, task.fanout, async (host) => {
    const client = await connectBare(host, login);
    clients.push(client);
    await runTrue(client);
  }),
);
for (const client of clients) client.end();
