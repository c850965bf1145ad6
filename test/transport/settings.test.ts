import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PLAIN_SSH, type SshSettings } from '../../src/model/ssh-settings.ts';
import type { Target } from '../../src/model/target.ts';
import { fleetForFile } from '../fleet/for-file.ts';
import {
  connectTo,
  failureOf,
  notes,
  request,
  run,
  testFolder,
  withTransport,
} from './connect/reach.ts';

const fleet = await fleetForFile();
const [host = ''] = fleet.addresses(1);

function target(settings: Partial<SshSettings>, overrides: Partial<Target> = {}): Target {
  return fleet.target(host, { name: 'web', ssh: { ...PLAIN_SSH, ...settings }, ...overrides });
}

/** What a login with these settings agrees on, and the warnings that come with it. */
async function agreed(settings: Partial<SshSettings>): Promise<{
  readonly detail: string;
  readonly warned: readonly string[];
  readonly client: string;
}> {
  const warned: string[] = [];
  const told = notes();
  const client = await withTransport(
    async (transport) => {
      const access = fleet.access();
      const one = await connectTo(transport, target(settings), access, { notes: told });
      const { output } = await run(one, 'echo $SSH_CONNECTION');
      one.destroy();
      // Everybody else with these settings would be told the same.
      (await transport.connect(request(target(settings), access))).destroy();
      return output;
    },
    { warn: (text) => warned.push(text) },
  );
  const handshake = told.phases.find(({ phase }) => phase === 'handshake');
  return { detail: handshake?.detail ?? '', warned, client };
}

describe('a target’s settings', () => {
  test('choose its algorithms, in their order', async () => {
    const { detail, warned } = await agreed({
      kex: ['diffie-hellman-group14-sha256', 'curve25519-sha256'],
      ciphers: ['aes256-ctr'],
      macs: ['hmac-sha2-512'],
      hostKeyAlgorithms: ['rsa-sha2-256'],
    });
    expect(detail).toMatch(/diffie-hellman-group14-sha256, rsa-sha2-256, aes256-ctr$/u);
    expect(warned).toEqual([]);
  });

  test('name an algorithm that we do not have: passed over, and said once', async () => {
    const { detail, warned } = await agreed({
      kex: ['sntrup761x25519-sha512@openssh.com', 'curve25519-sha256'],
      hostKeyAlgorithms: ['ssh-rsa', 'ssh-ed25519'],
    });
    expect(detail).toContain('curve25519-sha256, ssh-ed25519');
    expect(warned).toEqual([
      'not known here, passed over: KexAlgorithms: sntrup761x25519-sha512@openssh.com',
      'not known here, passed over: HostKeyAlgorithms: ssh-rsa',
    ]);
  });

  test('name nothing but those: a failure of that target, before any key exchange', async () => {
    await withTransport(async (transport) => {
      const only = target({ macs: ['umac-64@openssh.com'] });
      const failure = await failureOf(connectTo(transport, only, fleet.access()));
      expect(failure).toMatchObject({ phase: 'handshake', code: 'protocol' });
      expect(failure.message).toContain('MACs: umac-64@openssh.com');
    });
  });

  test('compress', async () => {
    const told = notes();
    await withTransport(async (transport) => {
      const connection = await connectTo(transport, target({ compression: true }), fleet.access(), {
        notes: told,
        traced: true,
      });
      const { output } = await run(connection, 'head -c 500000 /dev/zero | tr "\\0" x');
      expect(output).toBe('x'.repeat(500_000));
      connection.release();
    });
    expect(told.trace.join('\n')).toMatch(/zlib@openssh\.com/u);
  });

  test('say where from, and by which family', async () => {
    const { client } = await agreed({ bindAddress: '127.0.0.77', addressFamily: 4 });
    expect(client).toMatch(/^127\.0\.0\.77 /u);
    await withTransport(async (transport) => {
      const access = fleet.access();
      const cases: readonly [Target, object][] = [
        [target({ bindAddress: 'eth0' }), { phase: 'connect', code: 'unreachable' }],
        [target({ bindAddress: '192.0.2.7' }), { phase: 'connect', code: 'unreachable' }],
        [target({ addressFamily: 6 }), { phase: 'resolve', code: 'dns' }],
        [
          target({ addressFamily: 6 }, { address: 'web.invalid' }),
          { message: 'no such host with an IPv6 address: web.invalid (the address of web)' },
        ],
      ];
      for (const [one, expected] of cases) {
        expect(await failureOf(connectTo(transport, one, access))).toMatchObject(expected);
      }
    });
  });

  test('have host keys of their own: files, another name, another policy', async () => {
    await withTransport(async (transport) => {
      const job = fleet.access({ knownHosts: [], hostKeys: 'strict' });
      const file = join(testFolder(), 'known_hosts');
      writeFileSync(file, `the-fleet ${fleet.hostKey('ed25519')}\n`);
      const aliased = target({ hostKeyAlias: 'the-fleet', knownHosts: [file] });
      (await connectTo(transport, aliased, job)).destroy();

      const unknown = await failureOf(connectTo(transport, target({}), job));
      expect(unknown).toMatchObject({ code: 'host-key-unknown' });

      const written = join(testFolder(), 'known_hosts');
      const trusting = target({
        hostKeys: 'accept-new',
        knownHosts: [written],
        knownHostsWrite: written,
      });
      (await connectTo(transport, trusting, job)).destroy();
      (await connectTo(transport, target({ knownHosts: [written] }), job)).destroy();
    });
  });

  test('are kept apart: no connection serves a target for which something else is said', async () => {
    await withTransport(
      async (transport) => {
        const access = fleet.access();
        (await connectTo(transport, target({}), access)).release();
        const take = (settings: Partial<SshSettings>): boolean => {
          const place = transport.take(request(target(settings), access));
          place?.release();
          return place !== null;
        };
        expect(take({ env: { A: 'b' }, tty: 'yes', connectTimeoutMs: 1 })).toBe(true);
        const others: readonly Partial<SshSettings>[] = [
          { hostKeyAlias: 'other' },
          { hostKeys: 'strict' },
          { knownHosts: [] },
          { identitiesOnly: true },
          { agent: { socket: null } },
          { certificates: ['/cert'] },
          { proxyCommand: ['nc'] },
          { bindAddress: '127.0.0.1' },
          { kex: ['curve25519-sha256'] },
          { compression: true },
          { forwardAgent: true },
        ];
        expect(others.filter(take)).toEqual([]);
      },
      { keepMs: 60_000 },
    );
  });

  test('a keepalive of their own finds out a host that is gone', async () => {
    await withTransport(async (transport) => {
      const alert = target({ keepalive: { intervalMs: 100, missed: 2 } });
      const connection = await connectTo(transport, alert, fleet.access());
      const [pid = 0] = fleet.connectionPids();
      process.kill(pid, 'SIGSTOP');
      const channel = connection.exec('true', { data: () => undefined });
      expect(await failureOf(channel)).toMatchObject({ code: 'channel-refused' });
      process.kill(pid, 'SIGKILL');
    });
  });
});
