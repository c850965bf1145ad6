import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { createTransport } from '../../src/transport/transport.ts';
import { makeKey, publicKey } from '../fleet/keys.ts';
import { fleetForFile } from '../fleet/for-file.ts';
import { startFleet } from '../fleet/sshd.ts';
import { eventually } from '../helpers/eventually.ts';
import { listenAt } from '../fixtures/fixture-host.ts';
import { closesAfterAccept } from '../fixtures/hosts/closes-after-accept.ts';
import { endlessBanner } from '../fixtures/hosts/endless-banner.ts';
import { fullBacklog } from '../fixtures/hosts/full-backlog.ts';
import { HOSTILE_TEXT, hostileDisconnectBeforeLogin } from '../fixtures/hosts/hostile-text.ts';
import { http } from '../fixtures/hosts/http.ts';
import { partialAuth } from '../fixtures/hosts/partial-auth.ts';
import { shedsLoad } from '../fixtures/hosts/sheds-load.ts';
import { silent } from '../fixtures/hosts/silent.ts';
import { slowGreeting } from '../fixtures/hosts/slow-greeting.ts';
import { withoutStrictKex } from '../fixtures/hosts/without-strict-kex.ts';
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { startAgent } from './credentials/agent.ts';
import {
  connectTo,
  failureOf,
  notes,
  request,
  run,
  withTransport,
  started,
  testFolder,
  matching,
} from './connect/reach.ts';

const fleet = await fleetForFile();
const [host = ''] = fleet.addresses(1);

function learned(): string {
  return `host key learned: ED25519 ${fleet.hostKeyFingerprint('ed25519')}`;
}

describe('a connection', () => {
  test('is made phase by phase, each told with its time', async () => {
    const told = notes();
    await withTransport(async (transport) => {
      const connection = await connectTo(transport, fleet.target(host), fleet.access(), {
        notes: told,
      });
      expect(connection.address).toBe(host);
      expect(transport.openConnections).toBe(1);
      await expect(run(connection, 'echo $SSH_CONNECTION')).resolves.toMatchObject({
        end: { kind: 'exit', code: 0, drained: true },
        output: matching(` ${host} ${fleet.port}\n`),
      });
      connection.release();
      expect(transport.openConnections).toBe(0);
    });
    expect(told.phases.map(({ phase }) => phase)).toEqual([
      'resolve',
      'connect',
      'handshake',
      'verify',
      'authenticate',
      'open',
    ]);
    for (const { ms } of told.phases) expect(ms).toBeGreaterThanOrEqual(0);
    const details = Object.fromEntries(told.phases.map(({ phase, detail }) => [phase, detail]));
    expect(details['handshake']).toMatch(
      /^SSH-2\.0-OpenSSH\S*.*, curve25519-sha256.*, ssh-ed25519, aes128-gcm/u,
    );
    expect(details['verify']).toContain(fleet.hostKeyFingerprint('ed25519'));
    expect(details['authenticate']).toContain(fleet.userKey.slice(0, 20));
  });

  test('offers no compression, no group exchange, no SHA-1 and no CBC, and wants strict key exchange', async () => {
    const told = notes();
    await withTransport(async (transport) => {
      const connection = await connectTo(transport, fleet.target(host), fleet.access(), {
        notes: told,
        traced: true,
      });
      connection.release();
    });
    const said = told.trace.join('\n');
    expect(said).toContain('curve25519-sha256');
    expect(told.trace.find((line) => /strict/iu.test(line))).toBeDefined();
    expect(said).toContain('SSH-2.0-muster');
    const offered = said.split(/remote|Inbound/u)[0] ?? '';
    expect(offered).not.toMatch(/zlib|group-exchange|cbc|sha1/u);
  });

  test('C04: warns of a server that is open to Terrapin, once it is agreed on', async () => {
    const [old, real] = [notes(), notes()];
    const server = await started(withoutStrictKex(fleet.spare()));
    await withTransport(async (transport) => {
      for (const [address, told] of [
        [server.address, old],
        [host, real],
      ] as const) {
        const target = fleet.target(address);
        (await connectTo(transport, target, fleet.access(), { notes: told })).release();
      }
    });
    expect(old.warnings).toEqual([matching('too old for strict key exchange')]);
    expect(old.phases.find(({ phase }) => phase === 'handshake')?.detail).toMatch(
      /chacha20-poly1305@openssh\.com, without strict key exchange$/u,
    );
    expect(real.warnings).toEqual([]);
  });

  test('asks with the first key at once, and with no key before the host is verified', async () => {
    const before = (await fleet.log()).length;
    await withTransport(async (transport) => {
      (await connectTo(transport, fleet.target(host), fleet.access())).release();
    });
    const log = (await fleet.log()).slice(before);
    expect(log.match(/Accepted publickey/gu)).toHaveLength(1);
    expect(log).not.toMatch(/Failed|Postponed/u);
  });

  test('is refused where prepare was not asked', async () => {
    await withTransport(async (transport) => {
      await expect(transport.connect(request(fleet.target(host), fleet.access()))).rejects.toThrow(
        'was not prepared',
      );
    });
  });

  test('that is aborted is given up at once, with the signal’s reason', async () => {
    const dumb = await started(silent(fleet.spare()));
    const stop = new AbortController();
    await withTransport(async (transport) => {
      const target = fleet.target(dumb.address);
      const connecting = connectTo(transport, target, fleet.access(), { signal: stop.signal });
      const refused = expect(connecting).rejects.toThrow('enough of this');
      while (dumb.connections() === 0) await new Promise((resolve) => setImmediate(resolve));
      stop.abort(new Error('enough of this'));
      await refused;
    });
  });

  test('in the making ends when the transport is closed', async () => {
    const dumb = await started(silent(fleet.spare()));
    const transport = createTransport({ clock: systemClock, keepMs: 0 });
    const connecting = connectTo(transport, fleet.target(dumb.address), fleet.access());
    const refused = expect(connecting).rejects.toThrow('closed');
    while (dumb.connections() === 0) await new Promise((resolve) => setImmediate(resolve));
    await transport.close();
    await refused;
    await expect(transport.connect(request(fleet.target(host), fleet.access()))).rejects.toThrow(
      'closed',
    );
  });
});

describe('a target that cannot be reached', () => {
  async function failure(
    place: { readonly address: string; readonly port: number },
    timeoutMs = 5_000,
    overrides = {},
  ): ReturnType<typeof failureOf> {
    return withTransport((transport) => {
      const target = fleet.target(place.address, { port: place.port, ...overrides });
      return failureOf(connectTo(transport, target, fleet.access(), { timeoutMs }));
    });
  }

  test('F01 connection refused', async () => {
    const place = fleet.spare();
    await expect(failure(place)).resolves.toEqual({
      phase: 'connect',
      code: 'refused',
      message: `connection refused by ${place.address} port ${place.port}`,
      mayHaveRun: false,
      via: null,
    });
  });

  test('F02 black hole on connect', async () => {
    const hole = await started(fullBacklog(fleet.spare()));
    const began = performance.now();
    const found = await failure(hole, 500);
    expect(performance.now() - began).toBeLessThan(1_500);
    expect(found).toMatchObject({ phase: 'connect', code: 'connect-timeout' });
    expect(found.message).toMatch(/gave up connecting after 0\.\d s$/u);
  });

  test('F04 name does not exist', async () => {
    const found = await failure({ address: 'web1.invalid', port: 22 });
    expect(found).toMatchObject({ phase: 'resolve', code: 'dns' });
    expect(found.message).toBe('no such host: web1.invalid');
  });

  test('a name that is not the target’s own is told with its owner', async () => {
    const found = await failure({ address: 'web1.invalid', port: 22 }, 5_000, { name: 'web1' });
    expect(found.message).toBe('no such host: web1.invalid (the address of web1)');
  });

  test('F05 accepts and says nothing', async () => {
    const dumb = await started(silent(fleet.spare()));
    const found = await failure(dumb, 400);
    expect(found).toMatchObject({ phase: 'handshake', code: 'banner-timeout' });
    expect(found.message).toMatch(/sent no SSH greeting after 0\.\d s \(limit 0\.4 s\)$/u);
  });

  test('F06 slow greeting, within the time and beyond it', async () => {
    const server = { address: host, port: fleet.port };
    const slow = await started(slowGreeting(fleet.spare(), server, 2));
    await withTransport(async (transport) => {
      (await connectTo(transport, fleet.target(slow.address), fleet.access())).release();
    });
    const slower = await started(slowGreeting(fleet.spare(1), server, 100));
    const found = await failure(slower, 500);
    expect(found).toMatchObject({ code: 'banner-timeout' });
    expect(found.message).toMatch(/greeting is incomplete after 0\.\d s \(limit 0\.5 s\)/u);
  });

  test('F07 not an SSH server', async () => {
    const web = await started(http(fleet.spare()));
    const found = await failure(web);
    expect(found).toMatchObject({ phase: 'handshake', code: 'protocol' });
    expect(found.message).toContain('it said: HTTP/1.1 400 ^[[2JBad Request');
  });

  test('F08 endless lines before the greeting', async () => {
    const chatter = await started(endlessBanner(fleet.spare()));
    const began = performance.now();
    const found = await failure(chatter);
    expect(performance.now() - began).toBeLessThan(1_000);
    // What its kernel and ours had taken by then.
    expect(chatter.bytesSent()).toBeLessThan(16 * 1024 * 1024);
    expect(found).toMatchObject({ phase: 'handshake', code: 'protocol' });
    expect(found.message).toContain('greeting is too long');
  });

  test('F09 closes after accept', async () => {
    const rude = await started(closesAfterAccept(fleet.spare()));
    const found = await failure(rude);
    expect(found).toMatchObject({ phase: 'handshake', code: 'closed-early' });
    expect(found.message).toContain('before any SSH greeting');
  });

  test('F10 sheds load, in its own words', async () => {
    const busy = await started(shedsLoad(fleet.spare()));
    const found = await failure(busy);
    expect(found).toMatchObject({ phase: 'handshake', code: 'target-busy' });
    expect(found.message).toContain('Exceeded MaxStartups');
  });

  test('F10 a real server with all its startups taken says so itself, and takes us once one is free', async () => {
    const strict = await started(startFleet({ hosts: 1, config: ['MaxStartups 1:100:1'] }));
    const address = strict.addresses(1)[0] ?? '';
    const holder = connect(strict.port, address);
    await once(holder, 'data');
    const target = strict.target(address);
    await withTransport(async (transport) => {
      const found = await failureOf(connectTo(transport, target, strict.access()));
      expect(found).toMatchObject({ phase: 'handshake', code: 'target-busy' });
      expect(found.message).toMatch(/turns logins away for now: Exceeded MaxStartups$/u);
      holder.destroy();
      await eventually(async () => {
        (await connectTo(transport, target, strict.access())).release();
        return true;
      });
    });
  });

  test.each(['end', 'resetAndDestroy'] as const)(
    'F10 contact that ends within the key exchange, by %s, counts as turned away',
    async (how) => {
      const rude = await started(
        listenAt(fleet.spare(), (socket) => {
          socket.write('SSH-2.0-rude\r\n');
          // Our first packet of the key exchange makes it more than our identification line.
          socket.on('data', () => {
            if (socket.bytesRead > 100) socket[how]();
          });
        }),
      );
      const found = await failure(rude);
      expect(found).toMatchObject({ phase: 'handshake', code: 'target-busy', mayHaveRun: false });
      expect(found.message).toContain('closed the connection within the key exchange');
    },
  );

  test('F35 what a server says when it hangs up cannot work on a terminal', async () => {
    const hostile = await started(hostileDisconnectBeforeLogin(fleet.spare()));
    const found = await failure(hostile);
    expect(found).toMatchObject({ phase: 'authenticate', code: 'auth-denied' });
    expect(found.message).toContain('^[]0;owned^G^[[2J<U+202E>');
    expect(found.message).not.toContain(HOSTILE_TEXT);
    expect(found.message.length).toBeLessThanOrEqual(200);
  });
});

describe('a host that is not let in on, or does not let us in', () => {
  test('F11 unknown host key: no authentication is tried', async () => {
    const before = (await fleet.log()).length;
    const found = await withTransport((transport) =>
      failureOf(connectTo(transport, fleet.target(host), fleet.access({ knownHosts: [] }))),
    );
    expect(found).toMatchObject({ phase: 'verify', code: 'host-key-unknown', mayHaveRun: false });
    expect(found.message).toContain(fleet.hostKeyFingerprint('ed25519'));
    const log = (await fleet.log()).slice(before);
    expect(log).not.toMatch(/publickey|authenticating/u);
  });

  test('accept-new lets a new host in, writes it down before it logs in, and says so once', async () => {
    const folder = testFolder();
    const file = join(folder, 'known_hosts');
    const access = fleet.access({
      hostKeys: 'accept-new',
      knownHosts: [file],
      knownHostsWrite: file,
    });
    await withTransport(async (transport) => {
      for (const warnings of [[learned()], []]) {
        const told = notes();
        (await connectTo(transport, fleet.target(host), access, { notes: told })).release();
        expect(told.warnings).toEqual(warnings);
      }
      (
        await connectTo(transport, fleet.target(host), fleet.access({ knownHosts: [file] }))
      ).release();
    });
  });

  test('F13 authentication denied: user, methods offered and tried, each key once', async () => {
    const folder = testFolder();
    const wrong = ['a', 'b'].map((name) => join(folder, name));
    for (const file of wrong) makeKey(file, 'ed25519');
    const before = (await fleet.log()).length;
    const found = await withTransport((transport) =>
      failureOf(connectTo(transport, fleet.target(host, { identities: wrong }), fleet.access())),
    );
    expect(found).toMatchObject({ phase: 'authenticate', code: 'auth-denied', mayHaveRun: false });
    expect(found.message).toContain(`login of ${fleet.user} on ${host}`);
    expect(found.message).toContain('it takes publickey');
    for (const file of wrong) expect(found.message).toContain(file);
    const log = (await fleet.log()).slice(before);
    expect(log.match(/Failed publickey/gu)).toHaveLength(2);
  });

  test('without any key the server is still asked what it would take', async () => {
    const found = await withTransport((transport) =>
      failureOf(connectTo(transport, fleet.target(host, { identities: [] }), fleet.access())),
    );
    expect(found.code).toBe('auth-denied');
    expect(found.message).toMatch(/it takes publickey; no key to try$/u);
  });

  test('F14 partial authentication', async () => {
    const half = await started(partialAuth(fleet.spare()));
    const found = await withTransport((transport) =>
      failureOf(connectTo(transport, fleet.target(half.address), fleet.access())),
    );
    expect(found).toMatchObject({ phase: 'authenticate', code: 'auth-partial' });
    expect(found.message).toMatch(/accepted, but the server also asks for password$/u);
  });

  test('the second key is tried where the first is refused', async () => {
    const folder = testFolder();
    const wrong = join(folder, 'wrong');
    makeKey(wrong, 'rsa');
    await withTransport(async (transport) => {
      const target = fleet.target(host, { identities: [wrong, fleet.userKey] });
      const connection = await connectTo(transport, target, fleet.access());
      await expect(run(connection, 'echo in')).resolves.toMatchObject({ output: 'in\n' });
      connection.release();
    });
  });

  test('the next key is tried where the agent has lost the one that the server would take', async () => {
    const folder = testFolder();
    const lent = join(folder, 'lent');
    const own = join(folder, 'own');
    const authorized = join(folder, 'authorized');
    for (const file of [lent, own]) makeKey(file, 'ed25519');
    writeFileSync(authorized, `${publicKey(lent)}\n${publicKey(own)}\n`, { mode: 0o600 });
    const generous = await started(
      startFleet({ hosts: 1, config: [`AuthorizedKeysFile ${authorized}`] }),
    );
    const agent = await started(startAgent());
    agent.add(lent);
    const told = notes();
    await withTransport(async (transport) => {
      const address = generous.addresses(1)[0] ?? '';
      const target = generous.target(address, { identities: [`${lent}.pub`, own] });
      const access = generous.access({ agent: agent.socket });
      await transport.prepare([target], access, true);
      agent.remove(lent);
      (await transport.connect(request(target, access, { notes: told }))).release();
    });
    expect(told.phases.at(-1)).toMatchObject({ phase: 'authenticate', detail: own });
  });

  test('a host known by an older key type is asked for that type', async () => {
    const folder = testFolder();
    const file = join(folder, 'known_hosts');
    writeFileSync(file, `[${host}]:${fleet.port} ${fleet.hostKey('rsa')}\n`);
    const told = notes();
    await withTransport(async (transport) => {
      const access = fleet.access({ knownHosts: [file] });
      (await connectTo(transport, fleet.target(host), access, { notes: told })).release();
    });
    expect(told.phases.find(({ phase }) => phase === 'handshake')?.detail).toContain(
      'rsa-sha2-512',
    );
  });
});
