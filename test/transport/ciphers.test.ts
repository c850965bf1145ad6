import { expect, test } from 'vitest';
import { PLAIN_SSH } from '../../src/model/ssh-settings.ts';
import { algorithms } from '../../src/transport/algorithms.ts';
import { fleetForFile } from '../fleet/for-file.ts';
import { connectTo, heard, withTransport } from './connect/reach.ts';

const fleet = await fleetForFile({
  config: ['Ciphers +aes128-cbc', 'MACs +hmac-sha1-96', 'AcceptEnv SAID'],
});

const { offer } = algorithms(['ssh-ed25519']);
const [mac = '', ...macs] = listed(offer.hmac);
const CIPHERS = [
  ...listed(offer.cipher).map((cipher) => ({ cipher, mac })),
  ...macs.map((other) => ({ cipher: 'aes128-ctr', mac: other })),
  // Blocks that are chained, and what is no part of the offer.
  { cipher: 'aes128-cbc', mac: 'hmac-sha2-512' },
  { cipher: 'aes192-ctr', mac: 'hmac-sha1-96' },
];

test.each(CIPHERS)(
  'a real server takes packets of every length with $cipher, $mac',
  async ({ cipher, mac: wished }) => {
    await withTransport(async (transport) => {
      const [host = ''] = fleet.addresses(1);
      const ssh = { ...PLAIN_SSH, ciphers: [cipher], macs: [wished] };
      const connection = await connectTo(transport, fleet.target(host, { ssh }), fleet.access());
      const listener = heard();
      const channel = await connection.exec('echo "$SAID"; cat', listener, {
        env: { SAID: 'it came' },
      });
      const sent = LENGTHS.map((length, index) => Buffer.alloc(length, index));
      for (const bytes of sent) await channel.write(bytes);
      channel.endInput();
      expect(await channel.ended).toMatchObject({ kind: 'exit', code: 0, drained: true });
      const expected = Buffer.concat([Buffer.from('it came\n'), ...sent]);
      expect(listener.outputBytes().equals(expected)).toBe(true);
      connection.destroy();
    });
  },
);

function listed(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.map(String) : [];
}

/** More than two blocks, around what is a large packet to us, and what the server takes no more of in one. */
const LENGTHS = [
  ...Array.from({ length: 40 }, (_, length) => length + 1),
  ...Array.from({ length: 20 }, (_, more) => 8 * 1024 - 10 + more),
  32 * 1024,
  100_000,
];
