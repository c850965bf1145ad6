import type { ServerChannel } from 'ssh2';
import { describe, expect, test } from 'vitest';
import { MOST_HELD } from '../../../src/transport/channel/held.ts';
import { fleetForFile } from '../../fleet/for-file.ts';
import { sshHost } from '../../fixtures/ssh-host.ts';
import { eventually } from '../../helpers/eventually.ts';
import { connectTo, heard, matching, started, withTransport } from '../connect/reach.ts';
import { rawChannel, type RawChannel } from './raw-channel.ts';

const MEGABYTE = 1024 * 1024;
/** The window that a command begins with. */
const FIRST = 256 * 1024;

const fleet = await fleetForFile({ hosts: 1 });

/** A host that does this with each command's channel. */
async function hostThat(does: (raw: RawChannel, channel: ServerChannel) => void): Promise<string> {
  const host = await started(
    sshHost(fleet.spare(), {
      onExec: ({ accept }) => {
        const channel = accept();
        does(rawChannel(channel), channel);
      },
    }),
  );
  return host.address;
}

/** Sends 64 MB, whatever window it was given (RFC 4254 section 5.2). */
function flood(send: (bytes: Buffer) => void): void {
  // A window that comes out at exactly nothing is another matter: that is the case that ssh2 looks at.
  const packet = Buffer.alloc(30_000, 'x');
  for (let sent = 0; sent < 64 * MEGABYTE; sent += packet.length) send(packet);
}

describe('a server that ignores its window while a reader pauses', () => {
  test.each(['data', 'error'] as const)('cannot fill our memory: %s', async (stream) => {
    const hostile = await hostThat((raw) => flood((bytes) => raw[stream](bytes)));
    await withTransport(async (transport) => {
      const connection = await connectTo(transport, fleet.target(hostile), fleet.access());
      const listener = heard();
      const channel = await connection.exec('x', listener);
      const count = (): number => listener.outputBytes().length + listener.error().length;
      channel.pause();
      const before = count();
      await eventually(() => transport.openConnections === 0);
      channel.resume();
      await expect(channel.ended).resolves.toEqual({
        kind: 'lost',
        reason: matching('the server sends more than it may'),
      });
      expect(count() - before).toBeLessThanOrEqual(MOST_HELD);
    });
  });
});

test('window: a reader that pauses costs what its server was allowed to send, and no more', async () => {
  await withTransport(async (transport) => {
    const connection = await connectTo(
      transport,
      fleet.target(fleet.addresses(1)[0] ?? ''),
      fleet.access(),
    );
    const listener = heard();
    const channel = await connection.exec('head -c 8M /dev/zero', listener);
    channel.pause();
    const other = heard();
    // The connection is read on: others are not held up.
    const beside = await connection.exec('head -c 4M /dev/zero', other);
    await expect(beside.ended).resolves.toMatchObject({ kind: 'exit', code: 0 });
    expect(other.outputBytes().length).toBe(4 * MEGABYTE);
    const before = listener.outputBytes().length;
    channel.resume();
    expect(listener.outputBytes().length - before).toBeLessThanOrEqual(FIRST);
    await expect(channel.ended).resolves.toMatchObject({ kind: 'exit', code: 0, drained: true });
    expect(listener.outputBytes().length).toBe(8 * MEGABYTE);
  });
});

test('a server whose window is used up to the byte, and that goes on, is not half heard', async () => {
  const address = await hostThat((raw, channel) => {
    for (let sent = 0; sent <= FIRST; sent += 32 * 1024) raw.data(Buffer.alloc(32 * 1024));
    channel.exit(0);
    channel.close();
  });
  await withTransport(async (transport) => {
    const connection = await connectTo(transport, fleet.target(address), fleet.access());
    const channel = await connection.exec('x', heard());
    channel.pause();
    await eventually(() => transport.openConnections === 0);
    channel.resume();
    await expect(channel.ended).resolves.toMatchObject({ kind: 'lost' });
  });
});

describe('a server that breaks the rules of channels', () => {
  /** What a command gives on a host that does this with its channel, and then ends it with 0. */
  async function givenBy(does: (raw: RawChannel) => void): Promise<readonly string[]> {
    const address = await hostThat((raw, channel) => {
      raw.data(Buffer.from('before'));
      does(raw);
      channel.exit(0);
      channel.close();
    });
    return withTransport(async (transport) => {
      const connection = await connectTo(transport, fleet.target(address), fleet.access());
      const listener = heard();
      const channel = await connection.exec('x', listener);
      await expect(channel.ended).resolves.toMatchObject({ kind: 'exit', code: 0 });
      return [listener.output(), listener.error()];
    });
  }

  test('extended data of no known type is nobody’s', async () => {
    const given = await givenBy((raw) => {
      for (let count = 0; count < 500; count += 1) raw.extended(Buffer.alloc(32 * 1024), 7);
    });
    expect(given).toEqual(['before', '']);
  });

  test('data behind the end of file is no data', async () => {
    const given = await givenBy((raw) => {
      raw.endOfFile();
      for (let count = 0; count < 500; count += 1) raw.data(Buffer.alloc(32 * 1024));
    });
    expect(given).toEqual(['before', '']);
  });

  test('windows without end are no reason to hold all input in memory', async () => {
    const address = await hostThat((raw, channel) => {
      for (let count = 0; count < 8; count += 1) raw.allow(0xffffffff);
      // From here on it reads nothing.
      const { _client: client } = channel as unknown as {
        readonly _client: { readonly _sock: { pause(): void } };
      };
      setImmediate(() => client._sock.pause());
    });
    await withTransport(async (transport) => {
      const connection = await connectTo(transport, fleet.target(address), fleet.access());
      const channel = await connection.exec('x', heard());
      const chunk = Buffer.alloc(64 * 1024);
      let taken = 0;
      const writing = (async () => {
        while (taken < 64 * MEGABYTE && (await channel.write(chunk))) taken += chunk.length;
      })();
      const looks = { before: -1, same: 0 };
      await eventually(() => {
        looks.same = taken === looks.before && taken > 0 ? looks.same + 1 : 0;
        looks.before = taken;
        return looks.same > 10;
      });
      expect(taken).toBeLessThan(32 * MEGABYTE);
      connection.destroy();
      await writing;
    });
  });
});

test('stalled: forty readers that pause cost a small window each, and miss nothing', async () => {
  const bytes = MEGABYTE / 2;
  const address = await hostThat((_, channel) => {
    channel.end(Buffer.alloc(bytes));
    channel.exit(0);
  });
  await withTransport(async (transport) => {
    const target = fleet.target(address);
    const connections = await Promise.all(
      Array.from({ length: 4 }, () => connectTo(transport, target, fleet.access())),
    );
    const readers = await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const listener = heard();
        const channel = await connections[index % 4]?.exec('x', listener);
        channel?.pause();
        return { listener, channel };
      }),
    );
    // A round trip behind whatever was sent.
    const last = heard();
    await Promise.all(
      connections.map(async (connection) => (await connection.exec('x', last)).ended),
    );
    const before = total(readers);
    for (const { channel } of readers) channel?.resume();
    expect(total(readers) - before).toBeGreaterThan(0);
    expect(total(readers)).toBeLessThan(40 * (FIRST + 64 * 1024));
    for (const { channel } of readers) await channel?.ended;
    expect(total(readers)).toBe(40 * bytes);
    for (const connection of connections) connection.destroy();
  });
});

function total(readers: readonly { readonly listener: ReturnType<typeof heard> }[]): number {
  return readers.reduce((sum, { listener }) => sum + listener.outputBytes().length, 0);
}
