import type { ServerChannel } from 'ssh2';
import { expect, test } from 'vitest';
import { fleetForFile } from '../../fleet/for-file.ts';
import { sshHost } from '../../fixtures/ssh-host.ts';
import { eventually } from '../../helpers/eventually.ts';
import { connectTo, heard, matching, started, withTransport } from '../connect/reach.ts';

const MEGABYTE = 1024 * 1024;

const fleet = await fleetForFile({ hosts: 1 });

/** Sends 64 MB, whatever window it was given (RFC 4254 section 5.2). ssh2's own channel would wait. */
function flood(channel: ServerChannel): void {
  const { outgoing, _client: client } = channel as unknown as {
    readonly outgoing: { readonly id: number };
    readonly _client: { readonly _protocol: { channelData(id: number, data: Buffer): void } };
  };
  // The window must not come out at exactly nothing: that is the one case that ssh2 looks at.
  const packet = Buffer.alloc(30_000, 'x');
  for (let sent = 0; sent < 64 * MEGABYTE; sent += packet.length) {
    client._protocol.channelData(outgoing.id, packet);
  }
}

test('a server that ignores its window cannot fill our memory while a reader pauses', async () => {
  const hostile = await started(
    sshHost(fleet.spare(), { onExec: ({ accept }) => flood(accept()) }),
  );
  await withTransport(async (transport) => {
    const target = fleet.target(hostile.address);
    const connection = await connectTo(transport, target, fleet.access());
    const listener = heard();
    const channel = await connection.exec('x', listener);
    const before = listener.outputBytes().length;
    channel.pause();
    await eventually(() => transport.openConnections === 0);
    channel.resume();
    await expect(channel.ended).resolves.toEqual({
      kind: 'lost',
      reason: matching('the server sends more than it may'),
    });
    expect(listener.outputBytes().length - before).toBeLessThanOrEqual(8 * MEGABYTE);
    expect(listener.outputBytes().length).toBeGreaterThan(2 * MEGABYTE);
  });
});
