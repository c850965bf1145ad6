import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { allotPackets, type PacketWriter } from '../../src/transport/bulk.ts';
import { layoutOf, newPacket, type Layout } from '../../src/transport/packets.ts';

/** What ssh2 does not promise to keep. */
const { CIPHER_INFO, MAC_INFO, createCipher } = createRequire(import.meta.url)(
  'ssh2/lib/protocol/crypto.js',
) as {
  readonly CIPHER_INFO: Readonly<
    Record<string, { readonly keyLen: number; readonly ivLen: number }>
  >;
  readonly MAC_INFO: Readonly<Record<string, { readonly len: number }>>;
  readonly createCipher: (config: object) => { allocPacket(payload: number): Buffer };
};

class NullCipher {
  readonly outSeqno = 0;
}
class AESGCMCipherBinding {
  readonly outSeqno = 0;
}
class ChaChaPolyCipherBinding {
  readonly outSeqno = 0;
}
class GenericCipherBinding {
  readonly _encBlockLen = 16;
  readonly _aadLen = 4;
  readonly _macLen = 64;
}
class AESGCMCipherNative {
  readonly outSeqno = 0;
}

const CIPHERS: readonly { readonly cipher: object; readonly layout: Layout }[] = [
  { cipher: new NullCipher(), layout: { block: 8, apart: 0, tail: 0 } },
  { cipher: new AESGCMCipherBinding(), layout: { block: 16, apart: 4, tail: 16 } },
  { cipher: new ChaChaPolyCipherBinding(), layout: { block: 8, apart: 4, tail: 16 } },
  { cipher: new GenericCipherBinding(), layout: { block: 16, apart: 4, tail: 64 } },
];

describe.each(CIPHERS)('packets for $cipher.constructor.name', ({ cipher, layout }) => {
  test('are whole blocks, with 4 bytes of padding at least and a block more at most', () => {
    expect(layoutOf(cipher)).toEqual(layout);
    const { block, apart, tail } = layout;
    for (let payload = 0; payload < 70; payload += 1) {
      const packet = newPacket(payload, layout, zeros);
      const length = packet.readUInt32BE(0);
      const padding = packet[4] ?? 0;
      expect(length).toBe(1 + payload + padding);
      expect((4 + length - apart) % block).toBe(0);
      expect(padding).toBeGreaterThanOrEqual(4);
      expect(padding).toBeLessThan(4 + block);
      expect(packet).toHaveLength(4 + length + tail);
      expect(packet.subarray(5, 5 + payload).every((byte) => byte === 0)).toBe(true);
      expect(packet.subarray(4 + length).every((byte) => byte === 0)).toBe(true);
    }
  });
});

test.each([
  ['aes128-gcm@openssh.com', 'hmac-sha2-256'],
  ['chacha20-poly1305@openssh.com', 'hmac-sha2-256'],
  ['aes256-ctr', 'hmac-sha2-512-etm@openssh.com'],
  ['aes128-ctr', 'hmac-sha2-256'],
  ['3des-cbc', 'hmac-sha1-96'],
])('are as long as ssh2’s own with %s, %s', (name, mac) => {
  const cipherInfo = CIPHER_INFO[name];
  const macInfo = MAC_INFO[mac];
  if (cipherInfo === undefined || macInfo === undefined) throw new Error('ssh2 has other names');
  const cipher = createCipher({
    outbound: {
      seqno: 0,
      onWrite: () => undefined,
      cipherInfo,
      cipherKey: Buffer.alloc(cipherInfo.keyLen),
      cipherIV: Buffer.alloc(cipherInfo.ivLen),
      macInfo,
      macKey: Buffer.alloc(macInfo.len),
    },
  });
  const layout = layoutOf(cipher);
  if (layout === null) throw new Error('ssh2 has a cipher of another kind');
  for (let payload = 0; payload < 40; payload += 1) {
    const own = newPacket(payload, layout, zeros);
    const other = cipher.allocPacket(payload);
    expect(own).toHaveLength(other.length);
    expect(own.subarray(0, 5)).toEqual(other.subarray(0, 5));
  }
});

test('padding is random, and no two packets have the same', () => {
  const layout = { block: 16, apart: 4, tail: 0 };
  const seen = new Set<string>();
  const counts = Array.from({ length: 256 }, () => 0);
  for (let index = 0; index < PACKETS; index += 1) {
    // The longest padding, by turns with another, so that they do not fill what is drawn at once.
    const size = 19 - (index % 2);
    const padding = newPacket(31 - size, layout, zeros).subarray(-size);
    seen.add(padding.toString('hex').slice(0, 32));
    for (const byte of padding) counts[byte] = (counts[byte] ?? 0) + 1;
  }
  expect(seen.size).toBe(PACKETS);
  // Each byte is expected 289 times, with a deviation of 17: ten of them never happen.
  for (const count of counts) expect(Math.abs(count - 289)).toBeLessThan(170);
});

describe('a writer of packets', () => {
  class Writer {
    readonly _protocol: PacketWriter['_protocol'];

    constructor(cipher: object, exchange?: object) {
      this._protocol = { _cipher: cipher, ...(exchange && { _kexinit: exchange }) };
    }

    alloc(payload: number, _force?: boolean): Buffer {
      return Buffer.alloc(payload, 7);
    }
  }
  allotPackets({ _packetRW: { write: new Writer(new NullCipher()) } });

  test('leaves a cipher to ssh2 that encrypts elsewhere, and what waits for the end of a key exchange', () => {
    expect(new Writer(new AESGCMCipherNative()).alloc(100)).toEqual(Buffer.alloc(100, 7));
    const exchanging = new Writer(new AESGCMCipherBinding(), {});
    expect(exchanging.alloc(100)).toEqual(Buffer.alloc(100, 7));
    expect(exchanging.alloc(100, true)).not.toHaveLength(100);
  });

  test.each([100, 8191, 8192, 33_000])(
    'never gives the memory of one of %d bytes twice',
    (size) => {
      const writer = new Writer(new AESGCMCipherBinding());
      const packets = Array.from({ length: 70 }, () => writer.alloc(size));
      for (const [index, packet] of packets.entries()) packet.fill(index);
      for (const [index, packet] of packets.entries()) {
        expect(packet.every((byte) => byte === index)).toBe(true);
      }
    },
  );
});

function zeros(size: number): Buffer {
  return Buffer.alloc(size);
}

const PACKETS = 4_000;
