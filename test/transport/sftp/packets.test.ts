import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { attributeBytes, readAttributes } from '../../../src/transport/sftp/attributes.ts';
import { Fields, MalformedPacket } from '../../../src/transport/sftp/fields.ts';
import { PacketStream } from '../../../src/transport/sftp/packet-stream.ts';

const packet = fc.record({
  type: fc.nat({ max: 255 }),
  body: fc.uint8Array({ maxLength: 3000 }),
});

function bytesOf({ type, body }: { type: number; body: Uint8Array }): Buffer {
  const bytes = Buffer.alloc(5 + body.length);
  bytes.writeUInt32BE(1 + body.length, 0);
  bytes[4] = type;
  bytes.set(body, 5);
  return bytes;
}

describe('packets', () => {
  test('come out as they went in, however the channel cuts them', () => {
    fc.assert(
      fc.property(
        fc.array(packet),
        fc.array(fc.integer({ min: 1, max: 2000 })),
        (packets, cuts) => {
          const got: { type: number; body: Buffer }[] = [];
          const stream = new PacketStream((type, body) => {
            got.push({ type, body: Buffer.from(body) });
          });
          let rest = Buffer.concat(packets.map(bytesOf));
          for (const cut of cuts) {
            if (rest.length === 0) break;
            stream.push(rest.subarray(0, cut));
            rest = rest.subarray(cut);
          }
          if (rest.length > 0) stream.push(rest);
          expect(got).toEqual(packets.map(({ type, body }) => ({ type, body: Buffer.from(body) })));
        },
      ),
      { numRuns: 50 },
    );
  });

  test.each([0, 512 * 1024 + 1, 0xffff_ffff])(
    'of %d bytes are refused before a byte is kept',
    (length) => {
      const head = Buffer.alloc(4);
      head.writeUInt32BE(length, 0);
      expect(() => new PacketStream(() => undefined).push(head)).toThrow(MalformedPacket);
    },
  );

  test('are never read past their end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const fields = new Fields(Buffer.from(bytes));
        try {
          readAttributes(fields);
          fields.text();
          fields.uint64();
          fields.byte();
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedPacket);
        }
      }),
    );
  });
});

describe('attributes', () => {
  test('are read as they were written; a kind comes with the mode', () => {
    const time = fc.nat({ max: 0xffff_ffff });
    fc.assert(
      fc.property(fc.nat(), fc.nat({ max: 0o7777 }), time, time, (size, mode, mtime, atime) => {
        const bytes = attributeBytes({ size, mode, mtime, atime, uid: 1, gid: 2 });
        const read = readAttributes(new Fields(bytes));
        expect(read).toEqual({ kind: 'other', size, mode, mtime, atime, uid: 1, gid: 2 });
      }),
    );
    const folder = Buffer.from([0, 0, 0, 4, 0, 0, 0o040_755 >> 8, 0o040_755 & 255]);
    expect(readAttributes(new Fields(folder))).toMatchObject({ kind: 'folder', mode: 0o755 });
  });

  test('a size that no number of ours can hold is as much as one can', () => {
    const bytes = Buffer.concat([Buffer.from([0, 0, 0, 1]), Buffer.alloc(8, 0xff)]);
    expect(readAttributes(new Fields(bytes)).size).toBe(Number.MAX_SAFE_INTEGER);
  });
});
