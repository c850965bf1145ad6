import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock, type Clock } from '../../../src/base/clock.ts';
import type { Access } from '../../../src/model/access.ts';
import { ConfigError } from '../../../src/model/errors.ts';
import { FailureError } from '../../../src/model/failure.ts';
import type { Target } from '../../../src/model/target.ts';
import { AgentClient, AgentError } from '../../../src/transport/credentials/agent-client.ts';
import {
  loadCredentials,
  type Credentials,
  type LoginKey,
} from '../../../src/transport/credentials/credentials.ts';
import { wireString } from '../../../src/transport/host-keys/key-blob.ts';
import { loadSsh2, type ParsedKey, type Ssh2 } from '../../../src/transport/ssh2.ts';
import { eventually } from '../../helpers/eventually.ts';
import { temporaryFolder } from '../../setup/run-folder.ts';
import { startAgent, type TestAgent } from './agent.ts';
import { startFakeAgent, type FakeAgent } from './fake-agent.ts';
import { certify, encryptKey, fingerprintOf, keygen } from './keygen.ts';

let ssh2: Ssh2;
let folder = '';
const TARGET: Target = {
  name: 'web1',
  address: 'web1',
  port: 22,
  user: 'deploy',
  identities: [],
  jump: [],
  vars: {},
  groups: [],
};

beforeAll(async () => {
  ssh2 = await loadSsh2();
  folder = temporaryFolder('agent-keys');
  keygen(path('ed25519'), ['-t', 'ed25519'], '', 'mine \u001b[31m');
  keygen(path('ecdsa'), ['-t', 'ecdsa', '-b', '521']);
  keygen(path('rsa'), ['-t', 'rsa', '-b', '2048']);
  keygen(path('pem'), ['-t', 'rsa', '-b', '2048', '-m', 'PEM']);
  copyFileSync(path('pem'), path('pem-open'));
  encryptKey(path('pem'), 'secret words', ['-m', 'PEM']);
});
afterAll(() => rmSync(folder, { recursive: true }));

function path(name: string): string {
  return join(folder, name);
}

function load(overrides: Partial<Access>, clock: Clock = systemClock): Promise<Credentials> {
  const access: Access = {
    identities: [],
    defaultIdentities: [],
    agent: null,
    hostKeys: 'strict',
    knownHosts: [],
    knownHostsWrite: '',
    prompt: 'before',
    passphrase: null,
    password: null,
    ...overrides,
  };
  return loadCredentials([TARGET], access, { ssh2, clock });
}

/** Asks the key's agent object as ssh2 does. */
function signThrough(
  key: LoginKey | undefined,
  data: Buffer,
  hash?: 'sha1' | 'sha256' | 'sha512',
): Promise<Buffer> {
  const method = key?.method('deploy');
  if (method?.type !== 'agent' || typeof method.agent === 'string') throw new Error('no agent key');
  const { agent } = method;
  return new Promise((resolve, reject) => {
    agent.sign('unused', data, hash === undefined ? {} : { hash }, (error, signature) => {
      if (signature === undefined) reject(error ?? new Error('no signature'));
      else resolve(signature);
    });
  });
}

function publicKey(file: string): ParsedKey {
  const parsed = ssh2.utils.parseKey(readFileSync(`${file}.pub`));
  if (parsed instanceof Error) throw parsed;
  return parsed;
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
    const data = Buffer.from('what is signed');
    const [rsa, ed25519] = keys;
    expect(publicKey(path('ed25519')).verify(data, await signThrough(ed25519, data))).toBe(true);
    const parsed = publicKey(path('rsa'));
    expect(parsed.verify(data, await signThrough(rsa, data, 'sha256'), 'sha256')).toBe(true);
    expect(parsed.verify(data, await signThrough(rsa, data, 'sha512'), 'sha512')).toBe(true);
    expect(parsed.verify(data, await signThrough(rsa, data, 'sha1'), 'sha512')).toBe(true);
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

  test('passes over certificates', async () => {
    const authority = path('authority');
    keygen(authority, ['-t', 'ed25519']);
    const certified = path('certified');
    keygen(certified, ['-t', 'ed25519']);
    certify(authority, certified);
    agent.add(certified);
    const keys = (await load({ agent: agent.socket })).forTarget(TARGET);
    expect(keys.map((key) => key.type)).toEqual(['ssh-ed25519']);
  });

  test('that has lost the key fails as the agent, not as the key', async () => {
    agent.add(path('ed25519'));
    const [key] = (await load({ agent: agent.socket })).forTarget(TARGET);
    agent.remove(path('ed25519'));
    await expect(signThrough(key, Buffer.from('x'))).rejects.toMatchObject({
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
      const credentials = await load({ agent: fake.socket }, hastyClock);
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

describe('the connection', () => {
  test('is shared by requests under way together, in order, and closed when none is left', async () => {
    const fake = await startFakeAgent((request, socket) => {
      // A signature that says what was asked: the data of the request.
      const at = 1 + 4 + request.readUInt32BE(1);
      const data = request.subarray(at + 4, at + 4 + request.readUInt32BE(at));
      const signature = Buffer.concat([wireString('ssh-ed25519'), wireString(data)]);
      const answer = wireString(Buffer.concat([Buffer.from([14]), wireString(signature)]));
      // In two pieces, as a socket may deliver it.
      socket.write(answer.subarray(0, 3));
      socket.write(answer.subarray(3));
    });
    const client = new AgentClient(fake.socket, systemClock);
    const data = Array.from({ length: 64 }, (_, n) => Buffer.from(`request ${n}`));
    const blob = Buffer.from('key');
    expect(await Promise.all(data.map((one) => client.sign(blob, one, 'ssh-ed25519')))).toEqual(
      data,
    );
    expect(fake.connections()).toBe(1);
    await eventually(() => fake.open() === 0);
    expect(await client.sign(blob, Buffer.from('again'), 'ssh-ed25519')).toEqual(
      Buffer.from('again'),
    );
    expect(fake.connections()).toBe(2);
    await fake.stop();
  });

  test('a signature of another algorithm than asked for, or of no whole form, is refused', async () => {
    let named = 'ssh-rsa';
    const fake = await startFakeAgent((_request, socket) => {
      const signature = Buffer.concat([wireString(named), wireString('signed')]);
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
const hastyClock: Clock = { ...systemClock, after: (_ms, task) => systemClock.after(30, task) };
