import type { Connection as ServerConnection } from 'ssh2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Connection } from '../../src/model/ports/transport.ts';
import { PLAIN_SSH } from '../../src/model/ssh-settings.ts';
import { sshHost } from '../fixtures/ssh-host.ts';
import { startFleet, type Fleet } from '../fleet/sshd.ts';
import { eventually } from '../helpers/eventually.ts';
import { connectTo, heard, started, withTransport } from './connect/reach.ts';
import { startAgent, type TestAgent } from './credentials/agent.ts';
import { startFakeAgent } from './credentials/fake-agent.ts';
import { fingerprintOf } from './credentials/keygen.ts';

let fleet: Fleet;
let agent: TestAgent;
beforeAll(async () => {
  fleet = await startFleet({ hosts: 1 });
  agent = await startAgent();
  agent.add(fleet.userKey);
});
afterAll(async () => {
  await fleet.stop();
  await agent.stop();
});

/** Runs a command that may use the agent, unless it is told not to, and gives its output. */
async function asked(
  connection: Connection,
  command: string,
  forwardAgent = true,
): Promise<string> {
  const listener = heard();
  const channel = await connection.exec(command, listener, { input: 'none', forwardAgent });
  await channel.ended;
  return listener.output().trim();
}

function onHost<T>(
  settings: Partial<typeof PLAIN_SSH>,
  use: (connection: Connection) => Promise<T>,
  host = fleet.addresses(1)[0] ?? '',
): Promise<T> {
  return withTransport(async (transport) => {
    const target = fleet.target(host, { ssh: { ...PLAIN_SSH, ...settings } });
    const connection = await connectTo(transport, target, fleet.access({ agent: agent.socket }));
    try {
      return await use(connection);
    } finally {
      connection.release();
    }
  });
}

describe('the agent', () => {
  test('is lent to a command on a real host that was told to have it', async () => {
    const listed = await onHost({ forwardAgent: true }, async (connection) => {
      const lists = await Promise.all(
        ['ssh-add -l', 'ssh-add -l'].map((command) => asked(connection, command)),
      );
      expect(lists[0]).toBe(lists[1]);
      return lists[0];
    });
    expect(listed).toContain(fingerprintOf(fleet.userKey));
  });

  test('is the one of the target, where that has another', async () => {
    const other = await startFakeAgent((_request, socket) => socket.destroy());
    await onHost({ forwardAgent: true, agent: { socket: other.socket } }, async (connection) => {
      const before = other.connections();
      expect(await asked(connection, 'ssh-add -l 2>&1')).toMatch(/communication with agent/u);
      expect(other.connections()).toBe(before + 1);
      await eventually(() => other.open() === 0, { what: 'the end of the agent’s connection' });
    });
    await other.stop();
  });

  test.each([
    ['the target was not told to have it', { forwardAgent: false }],
    ['the target has none', { forwardAgent: true, agent: { socket: null } }],
  ])('is offered to no command where %s', async (_what, settings) => {
    expect(
      await onHost(settings, (connection) => asked(connection, 'echo "<$SSH_AUTH_SOCK>"')),
    ).toBe('<>');
  });
});

test('C03: every channel that a host opens of itself is refused', async () => {
  expect(await refusedTo({ forwardAgent: false }, true)).toEqual(KINDS);
});

test('C03: so is one to an agent that is lent, while no command asks for it', async () => {
  expect(await refusedTo({ forwardAgent: true }, false)).toEqual(KINDS);
});

/** The kinds of channels that a host is refused which opens one of each while it runs a command. */
async function refusedTo(
  settings: Partial<typeof PLAIN_SSH>,
  forwardAgent: boolean,
): Promise<readonly string[]> {
  const refused: string[] = [];
  const host = await started(
    sshHost(fleet.spare(), {
      onExec: ({ client, accept }) => {
        const channel = accept();
        void open(client).then((kinds) => {
          refused.push(...kinds);
          channel.exit(0);
          channel.end();
        });
      },
    }),
  );
  await onHost(settings, (connection) => asked(connection, 'any', forwardAgent), host.address);
  return refused;
}

/** Opens a channel of each kind, and tells which were refused. */
async function open(client: ServerConnection): Promise<readonly string[]> {
  const kinds: string[] = [];
  const settled = (kind: string, done: () => void) => (error: Error | undefined) => {
    if (error !== undefined) kinds.push(kind);
    done();
  };
  await new Promise<void>((done) => {
    client.forwardOut('127.0.0.1', 80, '127.0.0.1', 81, settled('forwarded-tcpip', done));
  });
  await new Promise<void>((done) => {
    client.x11('127.0.0.1', 6000, settled('x11', done));
  });
  const protocol: unknown = Reflect.get(client, '_protocol');
  if (!isProtocol(protocol)) throw new Error('ssh2 is another one than this test is made for');
  await new Promise<void>((done) => {
    protocol._handlers.CHANNEL_OPEN_FAILURE = () => {
      kinds.push('auth-agent@openssh.com');
      done();
    };
    protocol._handlers.CHANNEL_OPEN_CONFIRMATION = () => done();
    protocol.openssh_authAgent(99, 1 << 20, 1 << 15);
  });
  return kinds;
}

interface ServerProtocol {
  readonly _handlers: Record<'CHANNEL_OPEN_FAILURE' | 'CHANNEL_OPEN_CONFIRMATION', () => void>;
  openssh_authAgent(channel: number, window: number, packet: number): void;
}

function isProtocol(protocol: unknown): protocol is ServerProtocol {
  return typeof protocol === 'object' && protocol !== null && 'openssh_authAgent' in protocol;
}

const KINDS = ['forwarded-tcpip', 'x11', 'auth-agent@openssh.com'];
