import {
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  sign,
  type KeyObject,
} from 'node:crypto';
import ssh2 from 'ssh2';
import { describe, expect, test, vi } from 'vitest';
import {
  checkWithRawKeys,
  passRawKeys,
  type KeyExchange,
  type SignerKey,
} from '../../src/transport/curve25519.ts';
import { wireString } from '../../src/transport/host-keys/key-blob.ts';

/** As ssh2's. */
class Exchange implements KeyExchange {
  readonly type: string;
  _keys: NonNullable<KeyExchange['_keys']> | null = null;

  constructor(type = '25519') {
    this.type = type;
  }

  generateKeys(): void {
    this._keys ??= generateKeyPairSync('x25519');
  }

  getPublicKey(): Buffer {
    return Buffer.alloc(0);
  }

  computeSecret(_theirs: Buffer): Buffer | Error {
    return Buffer.alloc(0);
  }
}

function raw(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' }).subarray(-32);
}

describe('an exchange with Curve25519', () => {
  passRawKeys(new Exchange('ecdh'));
  test('is changed, and no other', () => {
    expect(new Exchange().getPublicKey()).toHaveLength(0);
    passRawKeys(new Exchange());
    expect(new Exchange().getPublicKey()).toHaveLength(32);
  });

  test('its public key is that of its private one, and is got without an export, which may wait for itself for ever', () => {
    passRawKeys(new Exchange());
    const exchange = new Exchange();
    exchange.generateKeys();
    const key = exchange._keys?.publicKey;
    if (key === undefined) throw new Error('no keys');
    const wanted = raw(key);
    const exporting = vi.spyOn(Object.getPrototypeOf(key) as KeyObject, 'export');
    try {
      expect(exchange.getPublicKey()).toEqual(wanted);
      expect(exporting).not.toHaveBeenCalled();
    } finally {
      exporting.mockRestore();
    }
  });

  test('both sides come to the same secret, whatever its first byte is', () => {
    passRawKeys(new Exchange());
    const firsts = new Set<boolean>();
    for (let round = 0; round < 40; round += 1) {
      const one = new Exchange();
      const other = generateKeyPairSync('x25519');
      const secret = one.computeSecret(raw(other.publicKey));
      const publicKey = createPublicKey({
        key: Buffer.concat([X25519_SPKI, one.getPublicKey()]),
        type: 'spki',
        format: 'der',
      });
      const expected = diffieHellman({ privateKey: other.privateKey, publicKey });
      if (!Buffer.isBuffer(secret)) throw secret;
      const isHigh = (expected[0] ?? 0) >= 0x80;
      firsts.add(isHigh);
      // An mpint: a zero before what would be negative.
      if ((expected[0] ?? 0) > 0) {
        expect(secret).toEqual(isHigh ? Buffer.concat([Buffer.alloc(1), expected]) : expected);
      }
    }
    expect(firsts.size).toBe(2);
  });

  test.each([
    { what: 'is too short', key: Buffer.alloc(31, 9) },
    { what: 'is too long', key: Buffer.alloc(33, 9) },
    { what: 'is empty', key: Buffer.alloc(0) },
    { what: 'makes a secret of zeros', key: Buffer.alloc(32) },
  ])('a key of theirs that $what is an error', ({ key }) => {
    passRawKeys(new Exchange());
    expect(new Exchange().computeSecret(key)).toBeInstanceOf(Error);
  });
});

describe('a signature of Ed25519', () => {
  const pair = generateKeyPairSync('ed25519');
  const data = Buffer.from('what was signed');
  const signature = sign(null, data, pair.privateKey);

  test('is good where it is, and only there', () => {
    const key = parsed(raw(pair.publicKey));
    checkWithRawKeys(key);
    expect(key.verify(data, signature)).toBe(true);
    expect(key.verify(Buffer.from('something else'), signature)).toBe(false);
    expect(parsed(raw(generateKeyPairSync('ed25519').publicKey)).verify(data, signature)).toBe(
      false,
    );
    for (let bit = 0; bit < 512; bit += 37) {
      const wrong = Buffer.from(signature);
      wrong[bit >> 3] = (wrong[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(key.verify(data, wrong)).toBe(false);
    }
    expect(key.verify(data, signature.subarray(1))).toBe(false);
    expect(key.verify(data, Buffer.alloc(0))).toBe(false);
  });
});

function parsed(key: Buffer): SignerKey {
  const made = ssh2.utils.parseKey(Buffer.concat([wireString('ssh-ed25519'), wireString(key)]));
  if (made instanceof Error) throw made;
  return made;
}

/** What DER puts before the key itself (RFC 8410 section 4). */
const X25519_SPKI = Buffer.from('302a300506032b656e032100', 'hex');
