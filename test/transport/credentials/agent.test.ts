import { copyFileSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock, type Clock } from '../../../src/base/clock.ts';
import { ConfigError } from '../../../src/model/errors.ts';
import { FailureError } from '../../../src/model/failure.ts';
import { AgentClient, AgentError } from '../../../src/transport/credentials/agent-client.ts';
import type { LoginKey } from '../../../src/transport/credentials/credentials.ts';
import { wireString } from '../../../src/transport/host-keys/key-blob.ts';
import { isSignedBy } from '../../../src/transport/host-keys/signature.ts';
import { eventually } from '../../helpers/eventually.ts';
import { matching } from '../connect/reach.ts';
import { startAgent, type TestAgent } from './agent.ts';
import { startFakeAgent, type FakeAgent } from './fake-agent.ts';
import { certify, encryptKey, fingerprintOf, keygen } from './keygen.ts';
import { keyFolder } from './key-folder.ts';
import { load, target } from './loading.ts';

const path = keyFolder('agent-keys');
const TARGET = target();

beforeAll(() => {
  keygen(path('ed25519'), ['-t', 'ed25519'], '', 'mine \u001b[31m');
  keygen(path('ecdsa'), ['-t', 'ecdsa', '-b', '521']);
  keygen(path('rsa'), ['-t', 'rsa', '-b', '2048']);
  keygen(path('pem'), ['-t', 'rsa', '-b', '2048', '-m', 'PEM']);
  copyFileSync(path('pem'), path('pem-open'));
  encryptKey(path('pem'), 'secret words', ['-m', 'PEM']);
});

/** Whether the agent's signature with the key is one of the key's. */
async function signs(key: LoginKey | undefined, algorithm: string): Promise<boolean> {
  if (key === undefined) throw new Error('no such key');
  const data = Buffer.from('what is signed');
  return isSignedBy(key.blob, data, await key.sign(data, algorithm));
}

describe('a real agent', () => {
  let agent: TestAgent;
  beforeEach(async () => {
    agent = await startAgent();
  });
  afterEach(() => agent.stop());

  test('gives its keys in its order, and signs with them', async () => {
    for (const name of ['rsa', 'ed25519', 'ecdsa']) agent.add(path(name));
    const keys = (await load({ agent: agent.socket })).forTarget(TARGET);
    expect(keys.map((key) => key.fingerprint)).toEqual(
      ['rsa', 'ed25519', 'ecdsa'].map((name) => fingerprintOf(path(name))),
    );
    expect(keys.map((key) => key.signer)).toEqual(['agent', 'agent', 'agent']);
    expect(keys[1]?.description).toBe('agent key mine ^[[31m');
    const [rsa, ed25519, ecdsa] = keys;
    expect(await signs(ed25519, 'ssh-ed25519')).toBe(true);
    expect(await signs(rsa, 'rsa-sha2-256')).toBe(true);
    expect(await signs(rsa, 'rsa-sha2-512')).toBe(true);
    expect(await signs(ecdsa, 'ecdsa-sha2-nistp521')).toBe(true);
  });

  test('signs for a named .pub file, and for a named encrypted key without asking for its passphrase', async () => {
    agent.add(path('ed25519'));
    agent.add(path('rsa'));
    const locked = path('locked-rsa');
    copyFileSync(path('rsa'), locked);
    encryptKey(locked, 'words');
    const identities = [`${path('ed25519')}.pub`, locked];
    const keys = (await load({ agent: agent.socket, identities })).forTarget(TARGET);
    expect(keys.map((key) => [key.signer, key.fingerprint])).toEqual([
      ['agent', fingerprintOf(path('ed25519'))],
      ['agent', fingerprintOf(path('rsa'))],
    ]);
  });

  test('signs for an encrypted PEM key whose public half lies beside it', async () => {
    expect(readFileSync(path('pem'), 'utf8')).toContain('ENCRYPTED');
    agent.add(path('pem-open'));
    const keys = (await load({ agent: agent.socket, identities: [path('pem')] })).forTarget(TARGET);
    expect(keys.map((key) => key.signer)).toEqual(['agent']);
  });

  test('comes after the named keys and before the default ones, no key twice', async () => {
    agent.add(path('rsa'));
    agent.add(path('ed25519'));
    const named = await load({ agent: agent.socket, identities: [path('ed25519')] });
    expect(named.forTarget(TARGET).map((key) => [key.signer, key.fingerprint])).toEqual([
      ['file', fingerprintOf(path('ed25519'))],
      ['agent', fingerprintOf(path('rsa'))],
    ]);
    const defaults = await load({
      agent: agent.socket,
      defaultIdentities: [path('ecdsa'), path('rsa')],
    });
    expect(defaults.forTarget(TARGET).map((key) => [key.signer, key.fingerprint])).toEqual([
      ['agent', fingerprintOf(path('rsa'))],
      ['agent', fingerprintOf(path('ed25519'))],
      ['file', fingerprintOf(path('ecdsa'))],
    ]);
  });

  test('gives certificates too, each with its validity, and not those of hosts', async () => {
    const authority = path('authority');
    keygen(authority, ['-t', 'ed25519']);
    for (const [name, ...args] of [
      ['certified'],
      ['expired', '-V', '20200101:20200102'],
      ['future', '-V', '20990101:20990102'],
      ['of-host', '-h'],
    ] as const) {
      keygen(path(name), ['-t', 'ed25519'], '', name);
      certify(authority, path(name), args);
      agent.add(path(name));
    }
    const credentials = await load({ agent: agent.socket });
    const keys = credentials.forTarget(TARGET);
    const certificates = keys.filter(({ certificate }) => certificate !== null);
    expect(certificates.map(({ description }) => description)).toEqual([
      'agent certificate certified',
    ]);
    const data = Buffer.from('signed');
    const [certified] = certificates;
    const signature = await certified?.sign(data, 'ssh-ed25519');
    const plain = certified?.certificate?.key ?? Buffer.alloc(0);
    expect(isSignedBy(plain, data, signature ?? Buffer.alloc(0))).toBe(true);
    expect(credentials.passedOver(TARGET)).toEqual([
      matching(/^agent certificate expired expired at 2020-01-0\dT/u),
      matching(/^agent certificate future is valid only from 20(?:98|99)-/u),
    ]);
    expect(credentials.passedOver({ ...TARGET, user: 'root' })).toContain(
      'agent certificate certified is for deploy, not for root',
    );
  });

  test('that has lost the key fails as the agent, not as the key', async () => {
    agent.add(path('ed25519'));
    const [key] = (await load({ agent: agent.socket })).forTarget(TARGET);
    agent.remove(path('ed25519'));
    await expect(signs(key, 'ssh-ed25519')).rejects.toMatchObject({
      failure: { phase: 'authenticate', code: 'agent', mayHaveRun: false },
    });
  });
});

describe('no agent', () => {
  test('at the path, or none that listens there, has no keys and is no fault', async () => {
    const stale = await startFakeAgent(() => undefined);
    await stale.stop();
    for (const agent of [path('nowhere'), stale.socket, null]) {
      const credentials = await load({ agent });
      expect(credentials.forTarget(TARGET)).toEqual([]);
      expect(credentials.passedOver(TARGET)).toEqual([]);
    }
  });

  test('and a .pub file named is an error', async () => {
    await expect(
      load({ agent: path('nowhere'), identities: [`${path('rsa')}.pub`] }),
    ).rejects.toThrow(ConfigError);
  });
});

describe('an agent that fails', () => {
  let fake: FakeAgent | null = null;
  afterEach(async () => {
    await fake?.stop();
    fake = null;
  });

  const send =
    (...bytes: readonly number[]) =>
    (_request: Buffer, socket: Socket): void => {
      socket.write(wireString(Buffer.from(bytes)));
    };
  const CASES: readonly [string, (request: Buffer, socket: Socket) => void, RegExp][] = [
    ['refuses', send(5), /refused to list its keys/u],
    ['says nothing', () => undefined, /did not answer in 5 s/u],
    ['hangs up', (_request, socket) => socket.destroy(), /closed the connection/u],
    ['promises too much', (_request, socket) => socket.write(Buffer.alloc(8, 0xff)), /too long/u],
    ['talks nonsense', send(12, 0, 0, 0, 2, 0, 0), /does not speak the agent protocol/u],
    ['miscounts', send(12, 0xff, 0xff, 0xff, 0xff), /does not speak the agent protocol/u],
  ];

  test.each(CASES)(
    '%s: a failure of each child that has nothing else to offer',
    async (_name, answer, message) => {
      fake = await startFakeAgent(answer);
      const credentials = await load({ agent: fake.socket }, [TARGET], hastyClock);
      expect(() => credentials.forTarget(TARGET)).toThrow(FailureError);
      expect(() => credentials.forTarget(TARGET)).toThrow(message);
      expect(credentials.passedOver(TARGET).join()).toMatch(message);
      await eventually(() => fake?.open() === 0);
    },
  );

  test('is no failure where there is a key of another kind', async () => {
    fake = await startFakeAgent(send(5));
    const credentials = await load({ agent: fake.socket, defaultIdentities: [path('rsa')] });
    expect(credentials.forTarget(TARGET).map((key) => key.signer)).toEqual(['file']);
    expect(credentials.passedOver(TARGET).join()).toContain('refused');
  });

  test('is named beside a default key that nobody can unlock', async () => {
    fake = await startFakeAgent(send(5));
    const error: unknown = await load({
      agent: fake.socket,
      defaultIdentities: [path('pem')],
    }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConfigError);
    expect(error).toMatchObject({
      hint: expect.stringContaining('refused to list its keys') as string,
    });
  });
});

/** A signature in wire form. */
function signed(algorithm: string, value: Buffer): Buffer {
  return Buffer.concat([wireString(algorithm), wireString(value)]);
}

describe('the connection', () => {
  test('is shared by requests under way together, in order, and closed when none is left', async () => {
    const fake = await startFakeAgent((request, socket) => {
      // A signature that says what was asked: the data of the request.
      const at = 1 + 4 + request.readUInt32BE(1);
      const data = request.subarray(at + 4, at + 4 + request.readUInt32BE(at));
      const signature = signed('ssh-ed25519', data);
      const answer = wireString(Buffer.concat([Buffer.from([14]), wireString(signature)]));
      // In two pieces, as a socket may deliver it.
      socket.write(answer.subarray(0, 3));
      socket.write(answer.subarray(3));
    });
    const client = new AgentClient(fake.socket, systemClock);
    const data = Array.from({ length: 64 }, (_, n) => Buffer.from(`request ${n}`));
    const blob = Buffer.from('key');
    expect(await Promise.all(data.map((one) => client.sign(blob, one, 'ssh-ed25519')))).toEqual(
      data.map((one) => signed('ssh-ed25519', one)),
    );
    expect(fake.connections()).toBe(1);
    await eventually(() => fake.open() === 0);
    const again = Buffer.from('again');
    expect(await client.sign(blob, again, 'ssh-ed25519')).toEqual(signed('ssh-ed25519', again));
    expect(fake.connections()).toBe(2);
    await fake.stop();
  });

  test('a signature of another algorithm than asked for, or of no whole form, is refused', async () => {
    let named = 'ssh-rsa';
    const fake = await startFakeAgent((_request, socket) => {
      const signature = signed(named, Buffer.from('signed'));
      socket.write(wireString(Buffer.concat([Buffer.from([14]), wireString(signature)])));
    });
    const client = new AgentClient(fake.socket, systemClock);
    const sign = (algorithm: string): Promise<Buffer> =>
      client.sign(Buffer.from('key'), Buffer.from('data'), algorithm);
    await expect(sign('rsa-sha2-512')).rejects.toThrow('refused to sign with rsa-sha2-512');
    await expect(sign('rsa-sha2-512')).rejects.toBeInstanceOf(AgentError);
    named = 'ecdsa-sha2-nistp256';
    await expect(sign('ecdsa-sha2-nistp256')).rejects.toThrow('does not speak');
    await fake.stop();
  });
});

/** Every timer is due at once. */
const hastyClock: Clock = { ...systemClock, after: (_ms, task) => systemClock.after(150, task) };
