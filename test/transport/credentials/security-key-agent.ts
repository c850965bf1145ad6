import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { publicBlob } from '../../../src/transport/credentials/public-blob.ts';
import { wireInteger, wireString, wireStrings } from '../../../src/transport/host-keys/key-blob.ts';
import { startFakeAgent, type FakeAgent } from './fake-agent.ts';

/** A security key that is a program: it signs as a real one does (PROTOCOL.u2f), and counts its touches. */
export interface SecurityKey {
  /** `sk-ssh-ed25519@openssh.com AAAA...`, as authorized_keys has it. */
  readonly text: string;
  readonly blob: Buffer;
  readonly touches: () => number;
}

export type SecurityKeyType = 'ed25519' | 'ecdsa';

/** An agent that holds one security key of each type, in this order. */
export async function startSecurityKeyAgent(
  types: readonly SecurityKeyType[],
): Promise<FakeAgent & { readonly keys: readonly SecurityKey[] }> {
  const made = types.map(softKey);
  const agent = await startFakeAgent((request, socket) => {
    if (request[0] === REQUEST_IDENTITIES) {
      const keys = made.flatMap(({ blob }, index) => [blob, Buffer.from(`soft key ${index}`)]);
      const count = Buffer.alloc(5, IDENTITIES_ANSWER);
      count.writeUInt32BE(made.length, 1);
      socket.write(wireString(Buffer.concat([count, ...keys.map(wireString)])));
      return;
    }
    // Key, data, and then four bytes of flags.
    const [blob, data] = wireStrings(request.subarray(1, -4)) ?? [];
    const key = made.find((one) => blob !== undefined && one.blob.equals(blob));
    const answer =
      request[0] === SIGN_REQUEST && key !== undefined && data !== undefined
        ? Buffer.concat([Buffer.of(SIGN_RESPONSE), wireString(key.sign(data))])
        : Buffer.of(FAILURE);
    socket.write(wireString(answer));
  });
  return { ...agent, keys: made };
}

function softKey(type: SecurityKeyType): SecurityKey & { sign(data: Buffer): Buffer } {
  const { privateKey } =
    type === 'ed25519'
      ? generateKeyPairSync('ed25519')
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const plain = wireStrings(publicBlob(privateKey) ?? Buffer.alloc(0)) ?? [];
  const name =
    type === 'ed25519' ? 'sk-ssh-ed25519@openssh.com' : 'sk-ecdsa-sha2-nistp256@openssh.com';
  const blob = Buffer.concat([name, ...plain.slice(1), APPLICATION].map(wireString));
  let counter = 0;
  return {
    text: `${name} ${blob.toString('base64')}`,
    blob,
    touches: () => counter,
    sign: (data) => {
      counter += 1;
      const touched = Buffer.alloc(5, TOUCHED);
      touched.writeUInt32BE(counter, 1);
      const message = Buffer.concat([sha256(Buffer.from(APPLICATION)), touched, sha256(data)]);
      return Buffer.concat([wireString(name), wireString(signature(privateKey, message)), touched]);
    },
  };
}

function signature(key: KeyObject, message: Buffer): Buffer {
  if (key.asymmetricKeyType === 'ed25519') return sign(null, message, key);
  const both = sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' });
  return Buffer.concat(
    [both.subarray(0, 32), both.subarray(32)].map((number) => wireString(wireInteger(number))),
  );
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}

/** What ssh-keygen gives security keys where nothing else is said. */
const APPLICATION = 'ssh:';
/** Somebody was there: without it OpenSSH's server refuses the signature. */
const TOUCHED = 1;
const FAILURE = 5;
const REQUEST_IDENTITIES = 11;
const IDENTITIES_ANSWER = 12;
const SIGN_REQUEST = 13;
const SIGN_RESPONSE = 14;
