import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import ssh2, { type EncryptedPrivateKey } from 'ssh2';
import { describe, expect, test } from 'vitest';
import type { OfferedHostKey } from '../../../src/model/ports/transport.ts';
import { wireString } from '../../../src/transport/host-keys/key-blob.ts';
import { fleetForFile } from '../../fleet/for-file.ts';
import type { Place } from '../../fleet/sshd.ts';
import { eventually } from '../../helpers/eventually.ts';
import { listenAt } from '../../fixtures/fixture-host.ts';
import { silent } from '../../fixtures/hosts/silent.ts';
import { sshHost } from '../../fixtures/ssh-host.ts';
import { newHostKey } from './keys.ts';
import { failureOf, notes, request, started, withTransport } from '../connect/reach.ts';

const fleet = await fleetForFile({ hosts: 2 });
const [host = ''] = fleet.addresses(1);

function keysOf(
  address: string,
  options: Parameters<typeof request>[2] = {},
): Promise<readonly OfferedHostKey[]> {
  return withTransport(async (transport) => {
    const asked = request(fleet.target(address), fleet.access({ knownHosts: [] }), options);
    await transport.prepare([asked.target], asked.access, false);
    const keys = await transport.hostKeys(asked);
    expect(transport.openConnections).toBe(0);
    return keys;
  });
}

describe("a host's keys", () => {
  test('are one of each type that it has, got in as many connections, and nobody logs in', async () => {
    const before = (await fleet.log()).length;
    const keys = await keysOf(host);
    expect(keys.map(({ type, key }) => `${type} ${key}`)).toEqual(
      (['ed25519', 'ecdsa', 'rsa'] as const).map((type) => fleet.hostKey(type)),
    );
    expect(keys.map(({ fingerprint }) => fingerprint)).toEqual(
      (['ed25519', 'ecdsa', 'rsa'] as const).map((type) => fleet.hostKeyFingerprint(type)),
    );
    await eventually(() => fleet.connectionPids().length === 0);
    const said = (await fleet.log()).slice(before);
    expect(said.match(/Connection from /gu)).toHaveLength(3);
    expect(said).not.toMatch(/Failed|Accepted|Invalid user/u);
  });

  test('are got through a jump host too, which is logged in to once, and whose own key is checked', async () => {
    const [gate = ''] = fleet.addresses(1);
    const target = fleet.target(fleet.addresses(2)[1] ?? '', { jump: [fleet.target(gate)] });
    const before = (await fleet.log()).length;
    const fetched = (knownHosts: readonly string[]): Promise<readonly OfferedHostKey[]> =>
      withTransport(async (transport) => {
        const asked = request(target, fleet.access({ knownHosts }));
        await transport.prepare([target], asked.access, false);
        return transport.hostKeys(asked);
      });
    await expect(fetched([fleet.knownHosts])).resolves.toHaveLength(3);
    const said = (await fleet.log()).slice(before);
    expect(said.match(/Accepted publickey/gu)).toHaveLength(1);
    expect(said.match(new RegExp(`Connection from .* on ${target.address} `, 'gu'))).toHaveLength(
      3,
    );
    expect(said.match(new RegExp(`Connection from .* on ${gate} `, 'gu'))).toHaveLength(1);
    const failure = await failureOf(fetched([]));
    expect(failure).toMatchObject({ code: 'host-key-unknown', via: gate });
  });

  test('of a host that has but one type take one connection', async () => {
    const lone = await started(sshHost(fleet.spare(), {}));
    const heard = notes();
    const keys = await keysOf(lone.address, { notes: heard });
    expect(keys.map(({ type }) => type)).toEqual(['ssh-ed25519']);
    expect(heard.phases.filter(({ phase }) => phase === 'connect')).toHaveLength(1);
  });

  test('of types that nobody here can check are a failure that names them', async () => {
    const old = await started(listenAt(fleet.spare(1), (socket) => onlyDsa(socket)));
    const failure = await failureOf(keysOf(old.address));
    expect(failure).toMatchObject({ phase: 'handshake', code: 'protocol' });
    expect(failure.message).toMatch(/no host key of a type known here: it has ssh-dss$/u);
  });

  test('count only where the host proves that it holds them', async () => {
    const place = fleet.spare(1);
    const liar = await started(sshHost(place, { config: { hostKeys: [impostor(place)] } }));
    const failure = await failureOf(keysOf(liar.address));
    expect(failure).toMatchObject({ phase: 'handshake', code: 'protocol' });
  });

  test('of one that does not answer are a failure as of any other connection', async () => {
    const dumb = await started(silent(fleet.spare(2)));
    const failure = await failureOf(keysOf(dumb.address, { timeoutMs: 200 }));
    expect(failure).toMatchObject({ phase: 'handshake', code: 'banner-timeout' });
  });

  test('are no longer waited for when the request is given up', async () => {
    const dumb = await started(silent(fleet.spare(2)));
    const giveUp = new AbortController();
    const asked = keysOf(dumb.address, { signal: giveUp.signal });
    giveUp.abort(new Error('enough'));
    await expect(asked).rejects.toThrow('enough');
  });
});

/** A server's KEXINIT (RFC 4253 section 7.1) in which all is as usual but the types of its host keys. */
function onlyDsa(socket: Socket): void {
  const lists = [
    'curve25519-sha256',
    'ssh-dss',
    'aes128-ctr',
    'aes128-ctr',
    'hmac-sha2-256',
    'hmac-sha2-256',
    'none',
    'none',
    '',
    '',
  ];
  const payload = Buffer.concat([
    Buffer.from([20]),
    Buffer.alloc(16),
    ...lists.map(wireString),
    Buffer.alloc(5),
  ]);
  const padding = 8 - ((payload.length + 5) % 8) + 8;
  const head = Buffer.alloc(5);
  head.writeUInt32BE(payload.length + padding + 1);
  head[4] = padding;
  socket.resume();
  socket.write(
    Buffer.concat([Buffer.from('SSH-2.0-old\r\n'), head, payload, Buffer.alloc(padding)]),
  );
}

/** A key that shows the public half of another: what somebody has who only listened. */
function impostor({ hostKey }: Place): EncryptedPrivateKey {
  const key = ssh2.utils.parseKey(readFileSync(hostKey));
  if (key instanceof Error) throw key;
  const { blob } = newHostKey('ed25519');
  key.getPublicSSH = () => blob;
  return { key };
}
