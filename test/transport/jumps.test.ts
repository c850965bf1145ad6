import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Connection, Transport } from '../../src/model/ports/transport.ts';
import { PLAIN_SSH, type SshSettings } from '../../src/model/ssh-settings.ts';
import type { Target } from '../../src/model/target.ts';
import { systemClock } from '../../src/base/clock.ts';
import { createTransport } from '../../src/transport/transport.ts';
import { jumpHost } from '../fixtures/hosts/jump-host.ts';
import { makeKey, publicKey } from '../fleet/keys.ts';
import { fleetForFile } from '../fleet/for-file.ts';
import { startFleet, type Place } from '../fleet/sshd.ts';
import { eventually } from '../helpers/eventually.ts';
import { serversOf } from '../helpers/servers-of.ts';
import {
  connectTo,
  failureOf,
  heard,
  notes,
  request,
  run,
  started,
  testFolder,
  withTransport,
} from './connect/reach.ts';

const fleet = await fleetForFile({
  hosts: 32,
  config: [
    'Match LocalAddress 127.*.*.5',
    'AllowTcpForwarding no',
    'Match LocalAddress 127.*.*.6',
    'MaxSessions 1',
  ],
});
const hosts = fleet.addresses(32);

/** The fleet's nth host, from 1, as a jump host. */
function hop(nth: number, overrides: Partial<Target> = {}): Target {
  return fleet.target(hosts[nth - 1] ?? '', { name: `gate${nth}`, ...overrides });
}

function behind(jump: readonly Target[], nth = 9, overrides: Partial<Target> = {}): Target {
  return fleet.target(hosts[nth - 1] ?? '', { name: `web${nth}`, jump, ...overrides });
}

function ssh(settings: Partial<SshSettings>): { readonly ssh: SshSettings } {
  return { ssh: { ...PLAIN_SSH, ...settings } };
}

/** Connections that the fleet's nth host has had since the log was this long. */
async function connectionsTo(nth: number, since: number): Promise<number> {
  const log = (await fleet.log()).slice(since);
  return log.split('\n').filter((line) => line.includes(` on ${hosts[nth - 1]} port `)).length;
}

async function logLength(): Promise<number> {
  return (await fleet.log()).length;
}

/** Signals what serves the connections to the fleet's nth host. */
function signalServers(nth: number, signal: NodeJS.Signals): readonly number[] {
  const pids = serversOf(hosts[nth - 1] ?? '', fleet.connectionPids());
  expect(pids).not.toEqual([]);
  for (const pid of pids) process.kill(pid, signal);
  return pids;
}

/** Known_hosts with another key for every host. */
function otherKeys(): string {
  const file = join(testFolder(), 'known_hosts');
  const key = strangeKey();
  writeFileSync(
    file,
    `${hosts.map((host) => `[${host}]:${fleet.port}`).join(',')} ${publicKey(key)}\n`,
  );
  return file;
}

/** A key that nobody lets in. */
function strangeKey(): string {
  const file = join(testFolder(), 'key');
  makeKey(file, 'ed25519');
  return file;
}

/** A connection that takes a place among those who have not logged in. */
async function held(place: Place): Promise<{ stop(): Promise<void> }> {
  const socket = connect(place.port, place.address);
  socket.on('error', () => undefined);
  await once(socket, 'data');
  return {
    stop: async () => {
      socket.destroy();
      if (!socket.closed) await once(socket, 'close');
    },
  };
}

describe('a target behind jump hosts', () => {
  test.each([1, 2, 3])('is reached through %i of them, each with a login of its own', async (n) => {
    const jump = Array.from({ length: n }, (_, index) => hop(index + 1));
    const before = await logLength();
    await withTransport(async (transport) => {
      const told = notes();
      const connection = await connectTo(transport, behind(jump), fleet.access(), { notes: told });
      expect(transport.openConnections).toBe(n + 1);
      const { end, output } = await run(connection, 'echo $SSH_CONNECTION');
      expect(end).toMatchObject({ kind: 'exit', code: 0 });
      expect(output).toMatch(new RegExp(` ${hosts[8]} ${fleet.port}\n$`, 'u'));
      expect(connection.address).toBe(hosts[8]);
      // Its own phases, and nobody else's; the jump host resolves.
      expect(told.phases.map(({ phase }) => phase)).toEqual([
        'connect',
        'handshake',
        'verify',
        'authenticate',
        'open',
      ]);
      connection.release();
    });
    const log = (await fleet.log()).slice(before);
    expect(log.match(/Accepted publickey/gu)).toHaveLength(n + 1);
  });

  test('shares one connection to it with all others, kept from one to the next', async () => {
    // It allows one session (MaxSessions), which says nothing about forwarded connections: F15.
    const jump = [hop(6)];
    const others = Array.from({ length: 32 }, (_, index) => index + 1).filter((nth) => nth !== 6);
    const targets = others.map((nth) => behind(jump, nth));
    const before = await logLength();
    await withTransport(async (transport) => {
      const access = fleet.access();
      await transport.prepare(targets, access, true);
      const connections = await Promise.all(
        targets.map((target) => transport.connect(request(target, access))),
      );
      expect(transport.openConnections).toBe(32);
      for (const connection of connections) connection.release();
      await eventually(() => transport.openConnections === 1);
      (await transport.connect(request(behind([hop(6)], 3), access))).release();
    });
    expect(await connectionsTo(6, before)).toBe(1);
    expect(await connectionsTo(3, before)).toBe(2);
  });

  test('is told to nobody but its jump host, and waits for that one’s login without loss of its own time', async () => {
    const slow = await started(
      jumpHost(fleet.spare(0), { admit: () => new Promise((resolve) => setTimeout(resolve, 700)) }),
    );
    const gate = fleet.target(slow.address, { name: 'slow' });
    await withTransport(async (transport) => {
      const connection = await connectTo(transport, behind([gate]), fleet.access(), {
        timeoutMs: 600,
      });
      expect((await run(connection, 'echo here')).output).toBe('here\n');
      connection.release();
    });
    expect(slow.logins()).toBe(1);
  });

  test('is probed, and shows its host keys, through them', async () => {
    const before = await logLength();
    await withTransport(async (transport) => {
      const access = fleet.access();
      const target = behind([hop(1)]);
      await transport.prepare([target], access, false);
      const keys = await transport.hostKeys(request(target, access));
      expect(keys.map(({ type }) => type)).toContain('ssh-ed25519');
      for (const until of ['resolve', 'tcp', 'ssh'] as const) {
        const probe = await transport.probe({ ...request(target, access), until });
        expect(probe).toMatchObject({ reached: until, failure: null });
      }
      const nowhere = fleet.target('nowhere.invalid', { jump: [hop(1)] });
      await expect(
        transport.probe({ ...request(nowhere, access), until: 'resolve' }),
      ).resolves.toMatchObject({ reached: null, failure: { phase: 'resolve', code: 'dns' } });
    });
    expect(await connectionsTo(1, before)).toBe(1);
  });
});

describe('a failure', () => {
  const cases: readonly [
    string,
    () => { readonly jump: readonly Target[]; readonly target?: Partial<Target> },
    object,
  ][] = [
    [
      'of a jump host whose key is not known',
      () => ({ jump: [hop(1, ssh({ knownHosts: [] }))] }),
      { phase: 'verify', code: 'host-key-unknown', via: 'gate1' },
    ],
    [
      'of a jump host whose key is another one',
      () => ({ jump: [hop(1), hop(2, ssh({ knownHosts: [otherKeys()] }))] }),
      { phase: 'verify', code: 'host-key-changed', via: 'gate2' },
    ],
    [
      'of a jump host that does not let us in',
      () => ({ jump: [hop(1, { identities: [strangeKey()] }), hop(2)] }),
      { phase: 'authenticate', code: 'auth-denied', via: 'gate1' },
    ],
    [
      'of a jump host that is down',
      () => ({ jump: [fleet.target(fleet.spare(1).address, { name: 'down' })] }),
      { phase: 'connect', code: 'refused', via: 'down' },
    ],
    [
      'of a second jump host that the first cannot reach',
      () => ({ jump: [hop(1), fleet.target(fleet.spare(1).address, { name: 'down' }), hop(2)] }),
      { phase: 'connect', code: 'refused', via: 'down' },
    ],
    [
      'of a jump host that does not forward',
      () => ({ jump: [hop(5)] }),
      { phase: 'open', code: 'jump-refused', via: 'gate5' },
    ],
    [
      'of the target where it is down',
      () => ({ jump: [hop(1)], target: { address: fleet.spare(1).address } }),
      { phase: 'connect', code: 'refused', via: null },
    ],
    [
      'of the target where its name is not known there',
      () => ({ jump: [hop(1)], target: { address: 'nowhere.invalid' } }),
      { phase: 'resolve', code: 'dns', via: null },
    ],
    [
      'of the target that does not let us in',
      () => ({ jump: [hop(1)], target: { identities: [strangeKey()] } }),
      { phase: 'authenticate', code: 'auth-denied', via: null },
    ],
  ];
  test.each(cases)('%s is told as its own', async (_what, make, expected) => {
    const { jump, target } = make();
    const before = await logLength();
    await withTransport(async (transport) => {
      const connecting = connectTo(transport, behind(jump, 9, target), fleet.access());
      const failure = await failureOf(connecting);
      expect(failure).toMatchObject({ ...expected, mayHaveRun: false });
      expect(failure.message.length).toBeLessThanOrEqual(200);
    });
    // Never in another way.
    if (!('via' in expected) || expected.via !== null)
      expect(await connectionsTo(9, before)).toBe(0);
  });

  test.each<[number, string, string, string | null]>([
    [2, 'Connection refused', 'refused', null],
    [2, 'connect: No route to host', 'unreachable', null],
    [2, 'Network is unreachable', 'unreachable', null],
    [2, 'Connection timed out', 'connect-timeout', null],
    [2, 'dial tcp: lookup web9: no such host', 'dns', null],
    [2, 'Temporary failure in name resolution', 'dns-timeout', null],
    [2, 'open failed', 'unreachable', null],
    [1, 'open failed', 'jump-refused', 'gate'],
    [3, '', 'jump-refused', 'gate'],
    [4, '\u001b[2Jtoo many', 'jump-refused', 'gate'],
  ])('that a jump host tells as reason %i, %j, is %s', async (reason, text, code, via) => {
    const refusing = await started(jumpHost(fleet.spare(3), { refusal: { reason, text } }));
    const jump = [fleet.target(refusing.address, { name: 'gate' })];
    await withTransport(async (transport) => {
      const failure = await failureOf(connectTo(transport, behind(jump), fleet.access()));
      expect(failure).toMatchObject({ code, via });
      expect(failure.message).not.toContain('\u001b');
    });
    expect(refusing.logins()).toBe(1);
  });

  test('of a jump host is met once by all behind it, and again only by who comes again', async () => {
    const key = strangeKey();
    const jump = [hop(2), hop(1, { identities: [key] }), hop(4)];
    const before = await logLength();
    await withTransport(async (transport) => {
      const access = fleet.access();
      const targets = [3, 4, 7, 8, 9].map((nth) => behind(jump, nth));
      await transport.prepare(targets, access, true);
      const child = request(targets[0] ?? hop(1), access);
      const first = await failureOf(transport.connect(child));
      for (const target of targets.slice(1)) {
        const failure = await failureOf(transport.connect(request(target, access)));
        expect(failure).toEqual(first);
      }
      expect(await connectionsTo(1, before)).toBe(1);
      await failureOf(transport.connect(child));
      expect(await connectionsTo(1, before)).toBe(2);
      await transport.prepare(targets, access, true);
      await failureOf(transport.connect(request(targets[1] ?? hop(1), access)));
      expect(await connectionsTo(1, before)).toBe(3);
    });
  });
});

describe('a jump host', () => {
  test('that is killed fails all that goes over it at once, by its name', async () => {
    await withTransport(async (transport) => {
      const jump = [hop(1), hop(2)];
      const access = fleet.access();
      const targets = [8, 9, 10].map((nth) => behind(jump, nth));
      await transport.prepare(targets, access, true);
      const running = await Promise.all(
        targets.map(async (target) => {
          const connection = await transport.connect(request(target, access));
          const channel = await connection.exec('echo on; exec cat', heard());
          return { connection, channel };
        }),
      );
      signalServers(2, 'SIGKILL');
      for (const { channel } of running) {
        const end = await channel.ended;
        expect(end).toMatchObject({ kind: 'lost', via: 'gate2' });
        expect('reason' in end && end.reason).toMatch(/connection lost.*may still run/u);
      }
      await eventually(() => transport.openConnections === 1);
      for (const { connection } of running) connection.release();
      // A new connection is made to it for who comes next.
      const again = await transport.connect(request(targets[0] ?? hop(1), access));
      expect((await run(again, 'echo again')).output).toBe('again\n');
      again.release();
    });
  });

  test('that falls silent for good is blamed, also by what goes over it and finds it out first', async () => {
    await withTransport(async (transport) => {
      const patient = hop(3, ssh({ keepalive: { intervalMs: 100, missed: 50 } }));
      const alert = ssh({ keepalive: { intervalMs: 150, missed: 2 } });
      const connection = await connectTo(transport, behind([patient], 9, alert), fleet.access());
      const channel = await connection.exec('cat', heard());
      const halted = signalServers(3, 'SIGSTOP');
      const end = await channel.ended;
      expect(end).toMatchObject({ kind: 'lost', via: 'gate3' });
      expect('reason' in end && end.reason).toMatch(/no answer/u);
      for (const pid of halted) process.kill(pid, 'SIGKILL');
    });
  });

  test('that falls silent is told apart from a target that does', async () => {
    const mute = await started(jumpHost(fleet.spare(2), { isMute: true }));
    const gate = fleet.target(mute.address, { name: 'mute' });
    await withTransport(async (transport) => {
      // It answers our question whether it is there: it is the target that does not.
      const slow = connectTo(transport, behind([gate]), fleet.access(), { timeoutMs: 400 });
      expect(await failureOf(slow)).toMatchObject({ code: 'connect-timeout', via: null });

      const jump = [hop(1)];
      const other = await connectTo(transport, behind(jump, 9), fleet.access());
      signalServers(1, 'SIGSTOP');
      try {
        const stuck = connectTo(transport, behind(jump, 10), fleet.access(), { timeoutMs: 400 });
        expect(await failureOf(stuck)).toMatchObject({ code: 'connect-timeout', via: 'gate1' });
      } finally {
        signalServers(1, 'SIGCONT');
      }
      // It was only slow: what goes over it goes on.
      expect((await run(other, 'echo on')).output).toBe('on\n');
      other.release();
    });
  });

  test('that has been idle, and is dead, costs little more than a new login', async () => {
    await withTransport(async (transport) => {
      const access = fleet.access();
      const targets = [9, 10, 11].map((nth) => behind([hop(7)], nth));
      await transport.prepare(targets, access, true);
      (await transport.connect(request(targets[0] ?? hop(7), access))).release();
      await eventually(() => transport.openConnections === 1);
      const halted = signalServers(7, 'SIGSTOP');
      const connections = await Promise.all(
        targets.map((target) => transport.connect(request(target, access))),
      );
      for (const connection of connections) connection.release();
      for (const pid of halted) process.kill(pid, 'SIGKILL');
    });
  });

  test('gets at most eight logins at once, whoever they are for', async () => {
    let admit: () => void = () => undefined;
    const admitted = new Promise<void>((resolve) => {
      admit = resolve;
    });
    const busy = await started(jumpHost(fleet.spare(3), { admit: () => admitted }));
    await withTransport(async (transport) => {
      const access = fleet.access();
      const targets = Array.from({ length: 20 }, (_, index) => {
        const own = ssh({ keepalive: { intervalMs: 60_000 + index, missed: 3 } });
        return behind([fleet.target(busy.address, { name: `busy`, ...own })], index + 7);
      });
      await transport.prepare(targets, access, true);
      const connecting = targets.map((target) => transport.connect(request(target, access)));
      await eventually(() => busy.connections() === 8);
      await new Promise((resolve) => setImmediate(resolve));
      expect(busy.connections()).toBe(8);
      admit();
      for (const connection of await Promise.all(connecting)) connection.release();
      expect(busy.logins()).toBe(20);
      expect(busy.mostAtOnce()).toBeLessThanOrEqual(8);
    });
  });

  test('gets more connections where it allows few channels on each', async () => {
    const narrow = await started(jumpHost(fleet.spare(0), { channels: 3 }));
    const jump = [fleet.target(narrow.address, { name: 'narrow' })];
    await withTransport(async (transport) => {
      const access = fleet.access();
      const targets = Array.from({ length: 10 }, (_, index) => behind(jump, index + 9));
      await transport.prepare(targets, access, true);
      const connections = await Promise.all(
        targets.map((target) => transport.connect(request(target, access))),
      );
      expect(narrow.logins()).toBe(4);
      for (const connection of connections) connection.release();
    });
  });

  test('F10 that sheds logins is asked again by one for all, until its time is over', async () => {
    const place = fleet.spare(1);
    const busy = await started(
      startFleet({ place, config: ['MaxStartups 1:100:1', 'LoginGraceTime 60'] }),
    );
    const holder = await started(held(place));
    const jump = [fleet.target(place.address, { name: 'busy', identities: [busy.userKey] })];
    await withTransport(async (transport) => {
      const access = fleet.access();
      const targets = [9, 10, 11].map((nth) => behind(jump, nth));
      await transport.prepare(targets, access, true);
      const connecting = targets.map((target) => transport.connect(request(target, access)));
      const shed = async (): Promise<number> =>
        (await busy.log()).match(/drop connection|beginning MaxStartups|past MaxStartups/giu)
          ?.length ?? 0;
      await eventually(async () => (await shed()) > 1);
      // As a target it is busy itself, and its own words come through.
      const target = fleet.target(place.address, { jump: [hop(1)], identities: [busy.userKey] });
      const failure = await failureOf(connectTo(transport, target, access));
      expect(failure).toMatchObject({ phase: 'handshake', code: 'target-busy', via: null });
      expect(failure.message).toMatch(/MaxStartups/u);
      await holder.stop();
      for (const connection of await Promise.all(connecting)) connection.release();
      expect(await shed()).toBeLessThan(9);
    });
  });

  test('F15 behind which a host allows one session gives its second command a connection of its own', async () => {
    await withTransport(async (transport) => {
      const access = fleet.access();
      const target = behind([hop(1)], 6);
      await transport.prepare([target], access, true);
      const one = await transport.connect(request(target, access));
      const reading = await one.exec('cat', heard());
      const two = await transport.connect(request(target, access));
      expect(await failureOf(run(two, 'echo two'))).toMatchObject({
        code: 'channel-refused',
        via: null,
      });
      two.release();
      const three = await transport.connect(request(target, access));
      expect((await run(three, 'echo three')).output).toBe('three\n');
      expect(transport.openConnections).toBe(3);
      reading.endInput();
      await reading.ended;
      for (const connection of [one, three]) connection.release();
    });
  });
});

test('a process ends although connections behind a jump host are kept idle', async () => {
  const transport: Transport = createTransport({ clock: systemClock, keepMs: 60_000 });
  try {
    const connection: Connection = await connectTo(transport, behind([hop(1)]), fleet.access());
    const handles = (): number =>
      process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
    const busy = handles();
    connection.release();
    expect(transport.openConnections).toBe(2);
    expect(handles()).toBe(busy - 1);
    const again = transport.take(request(behind([hop(1)]), fleet.access()));
    expect(handles()).toBe(busy);
    again?.release();
  } finally {
    await transport.close();
  }
});
