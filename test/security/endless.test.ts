import type { Connection } from 'ssh2';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { wireString } from '../../src/transport/host-keys/key-blob.ts';
import { packetSender } from '../fixtures/raw-packets.ts';
import { sshHost } from '../fixtures/ssh-host.ts';
import { fleetForFile } from '../fleet/for-file.ts';
import { rawChannel } from '../transport/channel/raw-channel.ts';
import { connectTo, heard, started, withTransport } from '../transport/connect/reach.ts';

const fleet = await fleetForFile({ hosts: 1 });

const number = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const message = (type: number, ...parts: readonly Buffer[]): Buffer =>
  Buffer.concat([Buffer.from([type]), ...parts]);
const YES = Buffer.from([1]);

/** RFC 4253 section 11 and RFC 4254 sections 4 to 6: to our channel `id`. */
const MESSAGES: Readonly<Record<string, (id: number) => Buffer>> = {
  'global requests': () => message(80, wireString('x@example.com'), YES),
  'channels of its own': () =>
    message(90, wireString('session'), number(7), number(1 << 20), number(1 << 15)),
  'requests on a channel': (id) => message(98, number(id), wireString('x@example.com'), YES),
  'requests on no channel': () => message(98, number(4711), wireString('x'), YES),
  windows: (id) => message(93, number(id), number(1)),
  'data without data': (id) => message(94, number(id), wireString('')),
  'messages to be ignored': () => message(2, wireString('')),
  'messages for debugging': () => message(4, YES, wireString('x'), wireString('')),
  'messages of no known kind': () => message(200),
};

/** Goes on as long as anybody listens, and leaves time for others. */
function flood(client: Connection, send: () => void): void {
  const socket: unknown = Reflect.get(client, '_sock');
  if (!isSocket(socket)) throw new Error('ssh2 has changed inside');
  const more = (): void => {
    if (socket.destroyed) return;
    for (let count = 0; count < 500 && socket.writableLength < 1 << 20; count += 1) send();
    setImmediate(more);
  };
  more();
}

interface Socket {
  readonly destroyed: boolean;
  readonly writableLength: number;
}

function isSocket(value: unknown): value is Socket {
  return typeof value === 'object' && value !== null && 'writableLength' in value;
}

/** A flood is one also where this machine has so little time for it that nobody would mind. */
const SLOW = { ...systemClock, monotonic: () => systemClock.monotonic() / 1_000 };

interface Ended {
  readonly end: unknown;
  readonly cpuMs: number;
  readonly grownMb: number;
}

/** How a command ends on a host that does this once it was asked for it. */
async function endedBy(does: (client: Connection, id: number) => void): Promise<Ended> {
  const host = await started(
    sshHost(fleet.spare(), {
      onExec: ({ client, accept }) => {
        const { id } = rawChannel(accept());
        does(client, id);
      },
    }),
  );
  return withTransport(
    async (transport) => {
      const connection = await connectTo(transport, fleet.target(host.address), fleet.access());
      const before = process.memoryUsage.rss();
      const began = process.cpuUsage();
      const channel = await connection.exec('x', heard());
      const end = await channel.ended;
      const { user, system } = process.cpuUsage(began);
      const grownMb = (process.memoryUsage.rss() - before) / 1024 ** 2;
      return { end, cpuMs: (user + system) / 1000, grownMb };
    },
    { clock: SLOW },
  );
}

const GIVEN_UP = {
  kind: 'lost',
  reason: expect.stringContaining('the server sends without end what nobody asked for') as string,
};

test.each(Object.entries(MESSAGES))(
  'C15: a host that sends %s without end is given up, soon, and costs little',
  async (_, make) => {
    const { end, cpuMs, grownMb } = await endedBy((client, id) => {
      const send = packetSender(client);
      const payload = make(id);
      flood(client, () => send(payload));
    });
    expect(end).toMatchObject(GIVEN_UP);
    // Of both sides, which are this process.
    expect(cpuMs).toBeLessThan(4_000);
    expect(grownMb).toBeLessThan(128);
  },
);

test('C15: a host that exchanges keys without end is given up', async () => {
  const { end, cpuMs } = await endedBy((client) => {
    const again = (): void => client.rekey(() => setImmediate(again));
    again();
  });
  expect(end).toMatchObject(GIVEN_UP);
  expect(cpuMs).toBeLessThan(8_000);
}, 30_000);
