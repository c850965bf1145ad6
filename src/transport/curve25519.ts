import { createPublicKey, diffieHellman, verify, type KeyObject } from 'node:crypto';
import { wireInteger } from './host-keys/key-blob.ts';

/** The parts of ssh2's key exchange with Curve25519 (RFC 8731); others are of another type. */
export interface KeyExchange {
  readonly type: string;
  _keys?: { readonly publicKey: KeyObject; readonly privateKey: KeyObject } | null;
  generateKeys(): void;
  getPublicKey(): Buffer;
  /** Returns an error instead of throwing it. */
  computeSecret(theirs: Buffer): Buffer | Error;
}

/** The parts of a key that ssh2 has parsed. */
export interface SignerKey {
  readonly type: string;
  getPublicSSH(): Buffer;
  /** Returns an error instead of throwing it. */
  verify(data: Buffer, signature: Buffer, algorithm?: string): boolean | Error;
}

/**
 * Keys of 32 bytes go into and out of OpenSSL as they are. ssh2 wraps them into DER and PEM, whose reading and writing costs
 * more than all the arithmetic of a handshake. Does so for every connection of this process, once the first of them has an
 * exchange of this kind.
 */
export function passRawKeys(exchange: KeyExchange): void {
  if (exchange.type !== '25519') return;
  const exchanges: unknown = Object.getPrototypeOf(exchange);
  if (!isExchange(exchanges) || DONE.has(exchanges)) return;
  DONE.add(exchanges);
  const basePoint = publicKey('X25519', BASE_POINT);
  exchanges.getPublicKey = function getPublicKey(this: KeyExchange) {
    const { privateKey } = keysOf(this);
    // Not by `export`: that holds a lock of the key while it makes a string, and where memory is collected just then, the
    // finalizer of what generated the key waits for the same lock: for ever, and everything with it.
    return diffieHellman({ privateKey, publicKey: basePoint });
  };
  exchanges.computeSecret = function computeSecret(this: KeyExchange, theirs) {
    try {
      const { privateKey } = keysOf(this);
      return wireInteger(diffieHellman({ privateKey, publicKey: publicKey('X25519', theirs) }));
    } catch (error) {
      return error instanceof Error ? error : new Error('no secret', { cause: error });
    }
  };
}

/** The same for the check of a host's signature. `key`: any that ssh2 has parsed from its wire form. */
export function checkWithRawKeys(key: SignerKey): void {
  const keys: unknown = Object.getPrototypeOf(key);
  if (!isSigner(keys) || DONE.has(keys)) return;
  DONE.add(keys);
  const { verify: verifyOther } = keys;
  keys.verify = function verifyRaw(this: SignerKey, data, signature, algorithm) {
    if (this.type !== 'ssh-ed25519') return verifyOther.call(this, data, signature, algorithm);
    try {
      const raw = this.getPublicSSH().subarray(-RAW);
      return verify(null, data, publicKey('Ed25519', raw), signature);
    } catch (error) {
      return error instanceof Error ? error : new Error('no verdict', { cause: error });
    }
  };
}

function isExchange(value: unknown): value is Pick<KeyExchange, 'getPublicKey' | 'computeSecret'> {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'computeSecret');
}

function isSigner(value: unknown): value is Pick<SignerKey, 'verify'> {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'verify');
}

function keysOf(exchange: KeyExchange): NonNullable<KeyExchange['_keys']> {
  exchange.generateKeys();
  if (!exchange._keys) throw new Error('an exchange without keys');
  return exchange._keys;
}

/** RFC 8037 section 2. Throws where it is no key: where its length is another one. */
function publicKey(curve: 'X25519' | 'Ed25519', raw: Buffer): KeyObject {
  const x = raw.toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: curve, x }, format: 'jwk' });
}

const DONE = new WeakSet();
const RAW = 32;
/** RFC 7748 section 4.1: a private key's secret with this one is its public key. */
const BASE_POINT: Buffer = Buffer.from('09'.padEnd(2 * RAW, '0'), 'hex');
