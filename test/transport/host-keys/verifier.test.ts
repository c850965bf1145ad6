import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { HostKeyPolicy } from '../../../src/model/access.ts';
import type { FailureCode } from '../../../src/model/failure.ts';
import { hostKeyCheck, strictVerifier } from '../../../src/transport/host-keys/host-key-check.ts';
import { loadKnownHosts } from '../../../src/transport/host-keys/known-hosts.ts';
import { loadSsh2 } from '../../../src/transport/ssh2.ts';
import { startFleet, type Fleet } from '../../fleet/sshd.ts';
import { eventually } from '../../helpers/eventually.ts';
import { temporaryFolder } from '../../setup/run-folder.ts';
import { connectTo, failureOf, run, withTransport } from '../connect/reach.ts';
import { newHostKey } from './keys.ts';
import { hashWithSshKeygen } from './ssh-keygen.ts';

/** Whoever is asked here has one host key, so that what it shows does not depend on what it is asked for. */
let fleet: Fleet;
let host: string;
let name: string;
let folder: string;
let file: string;
let other: string;

beforeAll(async () => {
  fleet = await startFleet({ config: ['HostKeyAlgorithms ssh-ed25519', 'RekeyLimit 1M'] });
  host = fleet.addresses(1)[0] ?? '';
  name = `[${host}]:${fleet.port}`;
  other = newHostKey('ed25519').text;
});
afterAll(() => fleet.stop());
beforeEach(() => {
  folder = temporaryFolder('verifier');
  file = join(folder, 'known_hosts');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What sshd logged of the connections made meanwhile, each to its end. */
async function logOf(connections: number, task: () => Promise<void>): Promise<string> {
  const before = (await fleet.log()).length;
  await task();
  return await eventually(
    async () => {
      const log = (await fleet.log()).slice(before);
      return (log.match(ENDS)?.length ?? 0) >= connections ? log : null;
    },
    { what: 'the end of the connections in the log of sshd' },
  );
}

const ENDS =
  /^(?:Connection (?:closed|reset)|Received disconnect|Disconnected) .*\[preauth\]$|^Disconnected from user /gmu;
/** Every line that sshd writes once a user's name or key has reached it. */
const ATTEMPT = /publickey|authenticating|Accepted|Failed|invalid user|for user|from user/u;

describe('nothing of ours reaches a host whose key is', () => {
  const cases: readonly [string, () => string, readonly HostKeyPolicy[], FailureCode, RegExp][] = [
    [
      'unknown',
      () => `other ${fleet.hostKey('ed25519')}\n`,
      ['strict'],
      'host-key-unknown',
      /accept-new$/u,
    ],
    [
      'changed',
      () => `# one\n${name} ${other}\n`,
      ['strict', 'accept-new'],
      'host-key-changed',
      /known_hosts:2$/u,
    ],
    [
      'of another type than those known',
      () => `${name} ${fleet.hostKey('rsa')}\n${name} ${fleet.hostKey('ecdsa')}\n`,
      ['strict', 'accept-new'],
      'host-key-changed',
      /not the ecdsa-sha2-nistp256 key in .*known_hosts:2$/u,
    ],
    [
      'revoked',
      () => `${name} ${fleet.hostKey('ed25519')}\n@revoked * ${fleet.hostKey('ed25519')}\n`,
      ['strict', 'accept-new', 'off'],
      'host-key-revoked',
      /known_hosts:2$/u,
    ],
    [
      'known to sign certificates only',
      () => `@cert-authority * ${fleet.hostKey('ed25519')}\n`,
      ['strict'],
      'host-key-unknown',
      /accept-new$/u,
    ],
  ];

  test.each(
    cases.flatMap(([what, text, policies, code, message]) =>
      policies.map((policy) => ({ what, text, policy, code, message })),
    ),
  )('$what, under $policy', async ({ text, policy, code, message }) => {
    // A type that the server does not have cannot be agreed on, so it has to be asked for what it has.
    writeFileSync(file, text());
    const access = fleet.access({ hostKeys: policy, knownHosts: [file], knownHostsWrite: file });
    const log = await logOf(1, async () => {
      const failure = await withTransport((transport) =>
        failureOf(connectTo(transport, fleet.target(host), access)),
      );
      expect(failure).toMatchObject({ phase: 'verify', code, mayHaveRun: false, via: null });
      expect(failure.message).toContain(fleet.hostKeyFingerprint('ed25519'));
      expect(failure.message).toMatch(message);
    });
    expect(log).not.toMatch(ATTEMPT);
    expect(readFileSync(file, 'utf8')).toBe(text());
  });

  test('known, a login shows in the log: the tests above could see one', async () => {
    const log = await logOf(1, async () => {
      await withTransport(async (transport) => {
        (await connectTo(transport, fleet.target(host), fleet.access())).release();
      });
    });
    expect(log).toMatch(ATTEMPT);
  });
});

describe('a host is let in on', () => {
  test.each([
    ['plain', () => `${name} ${fleet.hostKey('ed25519')}\n`, false],
    ['hashed', () => `${name} ${fleet.hostKey('ed25519')}\n`, true],
    ['with patterns', () => `[127.*]:*,![127.9.9.9]:* ${fleet.hostKey('ed25519')}\n`, false],
    ['without its port', () => `${host} ${fleet.hostKey('ed25519')}\n`, false],
    [
      'beside keys of other types',
      () => `${name} ${fleet.hostKey('rsa')}\n${name} ${fleet.hostKey('ed25519')}\n`,
      false,
    ],
  ])('by its name %s', async (_how, text, hashed) => {
    writeFileSync(file, text());
    if (hashed) hashWithSshKeygen(file);
    await withTransport(async (transport) => {
      const access = fleet.access({ knownHosts: [join(folder, 'missing'), file] });
      (await connectTo(transport, fleet.target(host), access)).release();
    });
  });

  test('under off, whatever is known, and nothing is written', async () => {
    writeFileSync(file, `${name} ${other}\n`);
    const write = join(folder, 'written');
    const access = fleet.access({ hostKeys: 'off', knownHosts: [file], knownHostsWrite: write });
    await withTransport(async (transport) => {
      (await connectTo(transport, fleet.target(host), access)).release();
    });
    expect(existsSync(write)).toBe(false);
  });

  test('under accept-new, twenty at once: each writes its line, and all are known afterwards', async () => {
    const hosts = fleet.addresses(16);
    const access = fleet.access({
      hostKeys: 'accept-new',
      knownHosts: [file],
      knownHostsWrite: file,
    });
    await withTransport(async (transport) => {
      const targets = hosts.map((address) => fleet.target(address));
      await transport.prepare(targets, access, true);
      await Promise.all(
        targets.map(async (target) => (await connectTo(transport, target, access)).release()),
      );
    });
    const expected = hosts.map(
      (address) => `[${address}]:${fleet.port} ${fleet.hostKey('ed25519')}`,
    );
    expect(readFileSync(file, 'utf8').trimEnd().split('\n').toSorted()).toEqual(
      expected.toSorted(),
    );
    await withTransport(async (transport) => {
      const strict = fleet.access({ knownHosts: [file] });
      (await connectTo(transport, fleet.target(host), strict)).release();
    });
  });

  test('again in every later key exchange', async () => {
    await withTransport(async (transport) => {
      const connection = await connectTo(transport, fleet.target(host), fleet.access());
      const { end, output } = await run(connection, 'head -c 4000000 /dev/zero');
      expect(end).toMatchObject({ kind: 'exit', code: 0 });
      expect(output).toHaveLength(4_000_000);
      connection.release();
    });
  });
});

describe('ssh2 takes every answer but false for a yes', () => {
  /** Logs in with ssh2 alone; resolves to whether it came as far as the login. */
  async function reaches(
    hostVerifier: (key: Buffer) => boolean,
  ): Promise<{ ready: boolean; asked: number }> {
    const ssh2 = await loadSsh2();
    const client = new ssh2.Client();
    let asked = 0;
    const ready = await new Promise<boolean>((resolve) => {
      client
        .on('ready', () => resolve(true))
        .on('error', () => resolve(false))
        .connect({
          host,
          port: fleet.port,
          username: fleet.user,
          privateKey: readFileSync(fleet.userKey),
          hostVerifier: (key: Buffer) => {
            asked += 1;
            return hostVerifier(key);
          },
        });
    });
    await new Promise<void>((resolve) => client.on('close', () => resolve()).end());
    return { ready, asked };
  }

  test('a promise of no is a yes to it, and a no behind the strict verifier', async () => {
    const promise = (): never => Promise.resolve(false) as never;
    expect(await reaches(promise)).toEqual({ ready: true, asked: 1 });
    const log = await logOf(1, async () => {
      expect(await reaches(strictVerifier({ verify: promise }))).toEqual({
        ready: false,
        asked: 1,
      });
    });
    expect(log).not.toMatch(ATTEMPT);
  });

  test.each([
    ['null', null],
    ['zero', 0],
    ['nothing', undefined],
    ['a promise of yes', Promise.resolve(null)],
  ])('%s in place of a failure', async (what, answer) => {
    const verify = (): never => answer as never;
    const { ready } = await reaches(strictVerifier({ verify }));
    // Exactly null is how the check says yes.
    expect(ready).toBe(what === 'null');
  });

  test('an error thrown by the check is a no', async () => {
    const verify = (): never => {
      throw new Error('broken');
    };
    expect(await reaches(strictVerifier({ verify }))).toEqual({ ready: false, asked: 1 });
  });

  test('the check itself lets it in, and not where the host is unknown', async () => {
    const check = async (files: readonly string[]): Promise<ReturnType<typeof hostKeyCheck>> =>
      hostKeyCheck({
        knownHosts: await loadKnownHosts(files),
        host,
        port: fleet.port,
        policy: 'strict',
        writeFile: file,
      });
    expect(await reaches(strictVerifier(await check([fleet.knownHosts])))).toMatchObject({
      ready: true,
    });
    expect(await reaches(strictVerifier(await check([])))).toMatchObject({ ready: false });
  });
});
