import { createHmac, randomBytes } from 'node:crypto';
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HostKeyPolicy } from '../../../src/model/access.ts';
import type { Failure } from '../../../src/model/failure.ts';
import { PLAIN_SSH } from '../../../src/model/ssh-settings.ts';
import type { Target } from '../../../src/model/target.ts';
import { parseCertificate } from '../../../src/transport/host-keys/certificate.ts';
import { hostKeyCheck } from '../../../src/transport/host-keys/host-key-check.ts';
import { loadKnownHosts } from '../../../src/transport/host-keys/known-hosts.ts';
import { makeKey, publicKey, sharedKeys } from '../../fleet/keys.ts';
import { startFleet, type Fleet } from '../../fleet/sshd.ts';
import { temporaryFolder } from '../../setup/run-folder.ts';
import { connectTo, failureOf, notes, run, withTransport } from '../connect/reach.ts';
import { certify, fingerprintOf } from '../credentials/keygen.ts';

const NAME = 'web1.cert.test';
const TYPES = { ed25519: 'ssh-ed25519', ecdsa: 'ecdsa-sha2-nistp256', rsa: 'rsa-sha2-512' };
const BY_AUTHORITY: unknown = expect.stringContaining('revoked with its authority');
let folder: string;
let fleet: Fleet;
let host: string;

beforeAll(async () => {
  folder = temporaryFolder('host-certificates');
  for (const type of ['ed25519', 'ecdsa', 'rsa'] as const) makeKey(path(`ca-${type}`), type);
  // One of each type, each signed by an authority of another type: the client chooses which it is shown.
  const authorities = { ed25519: 'ca-rsa', ecdsa: 'ca-ed25519', rsa: 'ca-ecdsa' };
  for (const type of ['ed25519', 'ecdsa', 'rsa'] as const) {
    copyFileSync(join(sharedKeys(), `host_${type}.pub`), path(`host_${type}.pub`));
    certify(path(authorities[type]), path(`host_${type}`), ['-h', '-n', NAME]);
  }
  const certificates = ['ed25519', 'ecdsa', 'rsa'].map(
    (type) => `HostCertificate ${path(`host_${type}-cert.pub`)}`,
  );
  fleet = await startFleet({ config: [...certificates, 'RekeyLimit 1M'] });
  host = fleet.addresses(1)[0] ?? '';
});
afterAll(async () => {
  await fleet.stop();
  rmSync(folder, { recursive: true });
});

function path(name: string): string {
  return join(folder, name);
}

function authority(type: 'ed25519' | 'ecdsa' | 'rsa'): string {
  return publicKey(path(`ca-${type}`));
}

function knownHosts(...lines: readonly string[]): string {
  const file = path('known_hosts');
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
  return file;
}

function target(settings: Partial<NonNullable<Target['ssh']>> = {}): Target {
  return fleet.target(host, { ssh: { ...PLAIN_SSH, hostKeyAlias: NAME, ...settings } });
}

/** Connects by what the file says, and what the check of the host's key told. */
async function verified(
  file: string,
  to: Target,
  policy: HostKeyPolicy = 'strict',
): Promise<string> {
  const told = notes();
  const access = fleet.access({ knownHosts: [file], hostKeys: policy });
  await withTransport(async (transport) => {
    (await connectTo(transport, to, access, { notes: told })).release();
  });
  return told.phases.find(({ phase }) => phase === 'verify')?.detail ?? '';
}

describe('a real sshd whose host certificate is signed by an authority of known_hosts is trusted', () => {
  test.each([
    ['ed25519', 'rsa'],
    ['ecdsa', 'ed25519'],
    ['rsa', 'ecdsa'],
  ] as const)('a certificate of %s, signed with %s', async (type, by) => {
    const file = knownHosts(`@cert-authority *.cert.test,!other.cert.test ${authority(by)}`);
    const wanted = `${TYPES[type]}-cert-v01@openssh.com`;
    const detail = await verified(file, target({ hostKeyAlgorithms: [wanted] }));
    expect(detail).toContain(fleet.hostKeyFingerprint(type));
    expect(detail).toContain(`certified by ${fingerprintOf(path(`ca-${by}`))}`);
  });

  test('by a line whose name is hashed', async () => {
    const salt = randomBytes(20);
    const hash = createHmac('sha1', salt).update(NAME).digest('base64');
    const name = `|1|${salt.toString('base64')}|${hash}`;
    const file = knownHosts(`@cert-authority ${name} ${authority('rsa')}`);
    expect(await verified(file, target())).toContain('certified by');
  });

  test('before its plain key, which known_hosts has too', async () => {
    const file = knownHosts(
      `${NAME} ${fleet.hostKey('ecdsa')}`,
      `@cert-authority * ${authority('rsa')}`,
    );
    expect(await verified(file, target())).toContain('certified by');
  });

  test('and a host without a line for it is offered no certificates', async () => {
    const file = knownHosts(
      `@cert-authority other.test ${authority('rsa')}`,
      `${NAME} ${fleet.hostKey('ed25519')}`,
    );
    expect(await verified(file, target())).toBe(
      `ssh-ed25519 ${fleet.hostKeyFingerprint('ed25519')}`,
    );
  });

  test('over every later key exchange of the connection', async () => {
    const file = knownHosts(`@cert-authority ${NAME} ${authority('rsa')}`);
    const told = notes();
    await withTransport(async (transport) => {
      const connection = await connectTo(
        transport,
        target(),
        fleet.access({ knownHosts: [file] }),
        { notes: told, traced: true },
      );
      const { end, output } = await run(connection, 'head -c 4000000 /dev/zero', 'none');
      expect(end).toMatchObject({ kind: 'exit', code: 0 });
      expect(output).toHaveLength(4_000_000);
      connection.release();
    });
    const accepted = told.trace.filter((line) => line.includes('Host accepted (verified)'));
    expect(accepted.length).toBeGreaterThan(2);
  });

  test('whose key is known by itself is let through where the certificate is of no use', async () => {
    const file = knownHosts(
      `@cert-authority * ${authority('ecdsa')}`,
      `${NAME} ${fleet.hostKey('ed25519')}`,
    );
    expect(await verified(file, target())).toContain(fleet.hostKeyFingerprint('ed25519'));
  });
});

describe('nothing of ours reaches a real sshd', () => {
  type Expected = Readonly<Partial<Record<keyof Failure, unknown>>>;
  const cases: readonly [string, () => readonly string[], HostKeyPolicy, Expected][] = [
    [
      'whose certificate another authority has signed',
      () => [`@cert-authority * ${authority('ecdsa')}`],
      'strict',
      { code: 'host-key-unknown' },
    ],
    [
      'whose certificate another authority has signed, also where new keys are taken',
      () => [`@cert-authority * ${authority('ecdsa')}`],
      'accept-new',
      { code: 'host-key-unknown' },
    ],
    [
      'whose authority is revoked',
      () => [`@cert-authority * ${authority('rsa')}`, `@revoked * ${authority('rsa')}`],
      'strict',
      { code: 'host-key-revoked', message: BY_AUTHORITY },
    ],
    [
      'whose certified key is revoked',
      () => [`@cert-authority * ${authority('rsa')}`, `@revoked * ${fleet.hostKey('ed25519')}`],
      'off',
      { code: 'host-key-revoked' },
    ],
    [
      'that is known by another key',
      () => [`@cert-authority * ${authority('ecdsa')}`, `${NAME} ${authority('ed25519')}`],
      'strict',
      { code: 'host-key-changed' },
    ],
  ];
  test.each(cases)('%s', async (_what, lines, policy, expected) => {
    const before = (await fleet.log()).length;
    const access = fleet.access({ knownHosts: [knownHosts(...lines())], hostKeys: policy });
    const failure = await withTransport((transport) =>
      failureOf(connectTo(transport, target(), access)),
    );
    expect(failure).toMatchObject({ phase: 'verify', ...expected });
    expect(failure.message).toContain(fleet.hostKeyFingerprint('ed25519'));
    expect((await fleet.log()).slice(before)).not.toMatch(/publickey|Accepted|for user/u);
  });
});

describe('a certificate vouches for a host only', () => {
  const now = { now: () => Date.UTC(2026, 0, 15) };

  /** What becomes of a certificate that ssh-keygen has made with these words. */
  async function judged(
    args: readonly string[],
    change: (blob: Buffer) => Buffer = (blob) => blob,
  ): Promise<Failure | null> {
    makeKeyOnce('odd');
    certify(path('ca-ed25519'), path('odd'), args);
    const text = readFileSync(path('odd-cert.pub'), 'utf8').split(' ')[1] ?? '';
    const file = knownHosts(`@cert-authority * ${authority('ed25519')}`);
    const question = { host: NAME, port: 22, policy: 'strict', writeFile: '', clock: now } as const;
    const check = hostKeyCheck({ ...question, knownHosts: await loadKnownHosts([file]) });
    return check.verify(change(Buffer.from(text, 'base64')));
  }

  function makeKeyOnce(name: string): void {
    rmSync(path(name), { force: true });
    rmSync(path(`${name}.pub`), { force: true });
    makeKey(path(name), 'ed25519');
  }

  test('that it names, at its time', async () => {
    expect(await judged(['-h', '-n', NAME, '-V', '20260101:20260201'])).toBeNull();
    expect(await judged(['-h', '-n', `other,${NAME}`])).toBeNull();
    expect((await judged(['-h', '-n', 'other.cert.test']))?.message).toMatch(
      /is for other\.cert\.test, not for this host$/u,
    );
    expect((await judged(['-h', '-n', '*.cert.test']))?.code).toBe('host-key-unknown');
    expect((await judged(['-h', '-n', NAME, '-V', '20250101:20260101']))?.message).toMatch(
      /expired at 20(?:25-12-31|26-01-01)T/u,
    );
    expect((await judged(['-h', '-n', NAME, '-V', '20260201:20270101']))?.message).toMatch(
      /is valid only from 2026-0/u,
    );
  });

  test('where it is a host’s, and asks for nothing that is not known', async () => {
    expect((await judged(['-n', NAME]))?.message).toMatch(/its certificate is a user's$/u);
    expect((await judged(['-h', '-n', NAME, '-O', 'critical:x@y=1']))?.message).toMatch(
      /critical option x@y, which is not known$/u,
    );
  });

  test('where every byte of it is as it was signed', async () => {
    const args = ['-h', '-n', NAME];
    makeKeyOnce('odd');
    certify(path('ca-ed25519'), path('odd'), args);
    const whole = Buffer.from(
      readFileSync(path('odd-cert.pub'), 'utf8').split(' ')[1] ?? '',
      'base64',
    );
    const principals = whole.indexOf(NAME);
    const changed = async (at: number): Promise<Failure | null> =>
      judged(args, (blob) => {
        const other = Buffer.from(blob);
        other[at] = (other[at] ?? 0) ^ 1;
        return other;
      });
    // Its nonce, its key's last byte, a principal, the authority's signature: nothing of it can be changed.
    for (const at of [40, principals + 2, whole.length - 1]) {
      expect((await changed(at))?.phase).toBe('verify');
    }
    expect((await judged(args, (blob) => blob.subarray(0, -1)))?.code).toBe('host-key-unknown');
    expect((await judged(args, (blob) => Buffer.concat([blob, Buffer.of(0)])))?.code).toBe(
      'host-key-unknown',
    );
    expect(parseCertificate(whole)?.principals).toEqual([NAME]);
  });
});
