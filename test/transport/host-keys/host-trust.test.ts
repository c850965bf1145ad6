import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock, type Clock } from '../../../src/base/clock.ts';
import type { HostTrust, JudgedHost } from '../../../src/model/host-trust.ts';
import type { OfferedHostKey } from '../../../src/model/ports/transport.ts';
import { PLAIN_SSH, type SshSettings } from '../../../src/model/ssh-settings.ts';
import type { Target } from '../../../src/model/target.ts';
import {
  openHostTrust,
  type HostTrustOptions,
} from '../../../src/transport/host-keys/host-trust.ts';
import { makeKey, publicKey, sharedKeys } from '../../fleet/keys.ts';
import { dnsServer } from '../../fixtures/dns-server.ts';
import { startFleet, type Fleet } from '../../fleet/sshd.ts';
import { temporaryFolder } from '../../setup/run-folder.ts';
import { request, started, testFolder, withTransport } from '../connect/reach.ts';
import { certify, keygen } from '../credentials/keygen.ts';
import { newHostKey } from './keys.ts';
import { findWithSshKeygen } from './ssh-keygen.ts';

const OLD = newHostKey('ed25519').text;
const SIGNAL = new AbortController().signal;
let fleet: Fleet;
let folder: string;
let authority: string;
let keys: readonly OfferedHostKey[];
beforeAll(async () => {
  folder = temporaryFolder('host-trust');
  makeKey(join(folder, 'ca'), 'ed25519');
  copyFileSync(join(sharedKeys(), 'host_ed25519.pub'), join(folder, 'host.pub'));
  certify(join(folder, 'ca'), join(folder, 'host'), ['-h', '-n', 'web1']);
  fleet = await startFleet({ hosts: 1, config: [`HostCertificate ${folder}/host-cert.pub`] });
  authority = publicKey(join(folder, 'ca'));
  keys = await withTransport((transport) => {
    return transport.hostKeys(request(target(), fleet.access({ knownHosts: [] })));
  });
});
afterAll(async () => {
  await fleet.stop();
  rmSync(folder, { recursive: true });
});

function target(settings: Partial<SshSettings> = {}): Target {
  return fleet.target(fleet.addresses(1)[0] ?? '', { ssh: { ...PLAIN_SSH, ...settings } });
}

/** The host, by a name in DNS. */
function named(name: string): Target {
  return { ...target(), name };
}

function file(...lines: readonly string[]): string {
  const path = join(testFolder(), 'known_hosts');
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
  return path;
}

function trust(
  targets: readonly Target[],
  knownHosts: readonly string[],
  more: Partial<HostTrustOptions> = {},
): Promise<HostTrust> {
  const access = fleet.access({ knownHosts, knownHostsWrite: knownHosts[0] ?? '' });
  return openHostTrust({ targets, access, clock: systemClock, expect: null, dns: null, ...more });
}

/** What is known of the ed25519, ecdsa and rsa key of the host. */
async function known(of: Target, ...files: readonly string[]): Promise<readonly string[]> {
  const [host] = await (await trust([of], files)).compare([{ target: of, keys }], SIGNAL);
  return host?.keys.map((key) => key.known) ?? [];
}

describe('the keys of a host', () => {
  const ED = (): string => fleet.hostKey('ed25519');

  test.each<[string, () => readonly string[], readonly string[]]>([
    ['nothing', () => [], ['new', 'new', 'new']],
    ['one of them', () => [`web1 ${ED()}`], ['known', 'other-type', 'other-type']],
    ['another of a type', () => [`web1 ${OLD}`], ['changed', 'changed', 'changed']],
    [
      'another, and one of them',
      () => [`web1 ${OLD}`, `web1 ${fleet.hostKey('rsa')}`],
      ['changed', 'other-type', 'known'],
    ],
    ['that one is revoked', () => [`@revoked * ${ED()}`], ['revoked', 'new', 'new']],
    [
      'the authority that signed one',
      () => [`@cert-authority web* ${authority}`],
      ['authority', 'authority', 'authority'],
    ],
    ['another authority', () => [`@cert-authority * ${OLD}`], ['new', 'new', 'new']],
    [
      'the authority, for others',
      () => [`@cert-authority db* ${authority}`],
      ['new', 'new', 'new'],
    ],
    [
      'a revoked authority',
      () => [`@cert-authority * ${authority}`, `@revoked * ${authority}`],
      ['revoked', 'new', 'new'],
    ],
    [
      'the authority, and another of a type',
      () => [`@cert-authority * ${authority}`, `web1 ${newHostKey('ecdsa').text}`],
      ['authority', 'changed', 'authority'],
    ],
  ])('where known_hosts says %s', async (_, lines, verdicts) => {
    await expect(known(target({ hostKeyAlias: 'web1' }), file(...lines()))).resolves.toEqual(
      verdicts,
    );
  });

  test('are looked up where its own settings say, by alias without a port, else by address with it', async () => {
    const own = file(`web1 ${fleet.hostKey('ed25519')}`);
    const { address, port } = target();
    const plain = file(`[${address}]:${port} ${fleet.hostKey('ed25519')}`);
    await expect(known(target({ hostKeyAlias: 'web1', knownHosts: [own] }))).resolves.toContain(
      'known',
    );
    await expect(known(target(), plain)).resolves.toContain('known');
    await expect(known(target({ hostKeyAlias: 'web1' }), plain)).resolves.not.toContain('known');
  });
});

describe('DNS', () => {
  test('that does not answer is asked about no more hosts', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `web${index}.example`);
    const mute = Object.fromEntries(names.map((name) => [name, { records: [], silent: 99 }]));
    const server = await started(dnsServer(mute));
    const targets = names.map(named);
    const clock: Clock = {
      ...systemClock,
      after: (ms, task) => systemClock.after(ms / 50, task),
    };
    const dns = { servers: [{ address: '127.0.0.1', port: server.port }], areTrusted: false };
    const files = await trust(targets, [file()], { clock, dns });
    const judged = await files.compare(
      targets.map((one) => ({ target: one, keys })),
      SIGNAL,
    );
    expect(new Set(judged.map(({ dnsFailure }) => dnsFailure))).toEqual(
      new Set(['the name server did not answer']),
    );
    expect(judged.every((host) => host.keys.every(({ known: as }) => as === 'new'))).toBe(true);
    // Sixteen at once, each twice.
    expect(server.asked.length).toBeLessThanOrEqual(32);
  });

  test('that knows nothing of one host is asked about the others', async () => {
    const records = [`SSHFP 4 2 ${Buffer.from(keys[0]?.key ?? '', 'base64').toString('hex')}`];
    const server = await started(
      dnsServer({ 'web1.example': { records: [], code: 2 }, 'web2.example': { records } }),
    );
    const targets = ['web1.example', 'web2.example', 'web3.example'].map(named);
    const dns = { servers: [{ address: '127.0.0.1', port: server.port }], areTrusted: false };
    const files = await trust(targets, [file()], { dns });
    const judged = await files.compare(
      targets.map((one) => ({ target: one, keys })),
      SIGNAL,
    );
    expect(judged.map(({ dnsFailure }) => dnsFailure)).toEqual([
      'the name server says error 2',
      null,
      null,
    ]);
    // What is no digest by SHA-256 is no fingerprint.
    expect(judged[1]?.keys.map(({ dns: verdict }) => verdict)).toEqual(['none', 'none', 'none']);
  });
});

describe('approved keys', () => {
  async function compared(files: HostTrust, of: Target): Promise<JudgedHost> {
    const [host] = await files.compare([{ target: of, keys }], SIGNAL);
    if (host === undefined) throw new Error('a host is missing');
    return host;
  }

  test("go to each host's own file, under its own name", async () => {
    const own = join(testFolder(), 'new');
    const ones = [target(), target({ hostKeyAlias: 'web1', knownHostsWrite: own })];
    const files = await trust(ones, [file()]);
    const hosts = await Promise.all(ones.map((one) => compared(files, one)));
    const approved = hosts.flatMap((host) =>
      host.keys.map((key) => ({ host, key, replace: false })),
    );
    const written = await files.write(approved);
    expect(written.map(({ host, outcome }) => [host.name, outcome])).toEqual(
      approved.map(({ host }) => [host.name, 'written']),
    );
    expect(findWithSshKeygen(own, 'web1')).toEqual(['1', '2', '3']);
    const { address, port } = target();
    expect(findWithSshKeygen(hosts[0]?.file ?? '', `[${address}]:${port}`)).toEqual([
      '1',
      '2',
      '3',
    ]);
  });

  test('that take the place of others tell where one of these still stands', async () => {
    const mine = file(`web1 ${OLD}`);
    const everybodys = file('# of the system', `web* ${OLD}`);
    const web1 = target({ hostKeyAlias: 'web1' });
    const files = await trust([web1], [mine, everybodys]);
    const host = await compared(files, web1);
    const [key] = host.keys;
    if (key === undefined) throw new Error('a key is missing');
    const [written] = await files.write([{ host, key, replace: true }]);
    expect(written).toMatchObject({
      outcome: 'written',
      note: `an old key of it is still in ${everybodys}:2`,
    });
    expect(readFileSync(mine, 'utf8')).toBe(`web1 ${fleet.hostKey('ed25519')}\n`);
    expect(readFileSync(everybodys, 'utf8')).toContain(OLD);
  });

  test('leave no key of a type that the host has no more: whoever has that could pose as it', async () => {
    const old = join(testFolder(), 'old');
    keygen(old, ['-t', 'ecdsa', '-b', '384']);
    const gone = publicKey(old);
    const mine = file(`web1,web2 ${gone}`);
    const web1 = target({ hostKeyAlias: 'web1' });
    const files = await trust([web1], [mine]);
    const host = await compared(files, web1);
    expect(host.keys.map(({ known: as }) => as)).toEqual(['changed', 'changed', 'changed']);
    const written = await files.write(host.keys.map((key) => ({ host, key, replace: true })));
    expect(written.map(({ outcome, note }) => [outcome, note])).toEqual(
      host.keys.map(() => ['written', null]),
    );
    expect(findWithSshKeygen(mine, 'web1')).toEqual(['2', '3', '4']);
    expect(findWithSshKeygen(mine, 'web2')).toEqual(['1']);
  });

  test('that cannot be written are a mistake that names the file', async () => {
    const path = join(file(), 'known_hosts');
    const web1 = target({ knownHostsWrite: path });
    const files = await trust([web1], [file()]);
    const host = await compared(files, web1);
    const approved = host.keys.map((key) => ({ host, key, replace: false }));
    await expect(files.write(approved)).rejects.toMatchObject({
      code: 'known-hosts',
      message: `cannot write the known_hosts file ${path}: EEXIST`,
    });
  });
});
