import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import {
  startEmbeddedFleet,
  type EmbeddedFleet,
  type EmbeddedHost,
} from '../../../src/transport/embedded/fleet.ts';
import { readableKeyPair } from '../../../src/transport/embedded/key-pair.ts';
import { errorCode } from '../../helpers/error-code.ts';
import { eventually } from '../../helpers/eventually.ts';
import { temporaryFolder } from '../../setup/run-folder.ts';

let fleet: EmbeddedFleet;
let folder: string;

beforeAll(async () => {
  folder = temporaryFolder('embedded');
  fleet = await startEmbeddedFleet({
    hosts: [
      { name: 'web1', kind: 'working' },
      { name: 'web2', kind: 'working' },
      { name: 'db1', kind: 'failing' },
      { name: 'db2', kind: 'closed' },
    ],
    clock: systemClock,
  });
  writeFileSync(join(folder, 'key'), fleet.privateKey, { mode: 0o600 });
  writeFileSync(join(folder, 'known_hosts'), fleet.knownHosts);
});

afterAll(async () => {
  await fleet.close();
  rmSync(folder, { recursive: true });
});

function hostNamed(name: string): EmbeddedHost {
  const host = fleet.hosts.find((one) => one.name === name);
  if (host === undefined) throw new Error(`no host ${name}`);
  return host;
}

interface Said {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** OpenSSH's own client, which knows nothing of us. */
function ssh(name: string, words: readonly string[], more: readonly string[] = []) {
  const { address, port } = hostNamed(name);
  const options = [
    'BatchMode=yes',
    'IdentitiesOnly=yes',
    'IdentityAgent=none',
    'StrictHostKeyChecking=yes',
    'GlobalKnownHostsFile=/dev/null',
    `UserKnownHostsFile=${join(folder, 'known_hosts')}`,
  ].flatMap((option) => ['-o', option]);
  const login = ['-F', 'none', '-i', join(folder, 'key'), '-l', fleet.user, '-p', `${port}`];
  return spawn('ssh', [...more, ...login, ...options, address, '--', ...words]);
}

async function said(
  name: string,
  words: readonly string[],
  options: { readonly input?: string; readonly more?: readonly string[] } = {},
): Promise<Said> {
  const client = ssh(name, words, options.more);
  const result = { stdout: '', stderr: '' };
  client.stdout.on('data', (data) => (result.stdout += String(data)));
  client.stderr.on('data', (data) => (result.stderr += String(data)));
  client.stdin.end(options.input ?? '');
  await once(client, 'close');
  return { ...result, status: client.exitCode };
}

describe('a working host', () => {
  test.each<[string, Partial<Said>]>([
    ['hostname', { status: 0, stdout: 'web1\n', stderr: '' }],
    ['uname -n', { status: 0, stdout: 'web1\n' }],
    ['echo one two', { status: 0, stdout: 'one two\n' }],
    ['true', { status: 0, stdout: '' }],
    ['false', { status: 1, stdout: '' }],
    ['exit 7', { status: 7 }],
    ['exit 258', { status: 2 }],
    ['false || echo no', { status: 0, stdout: 'no\n' }],
    ['false && echo no', { status: 1, stdout: '' }],
    ['echo out; echo err >&2; exit 4', { status: 4, stdout: 'out\n', stderr: 'err\n' }],
    ['seq 3', { status: 0, stdout: '1\n2\n3\n' }],
    ['sleep 0.01', { status: 0 }],
    ['ls', { status: 127, stdout: '', stderr: 'demo: ls: command not found\n' }],
    [
      'echo $HOME',
      { status: 2, stdout: '', stderr: 'demo: this host runs no shell: $ is not understood\n' },
    ],
    ['sleep soon', { status: 2, stderr: 'demo: sleep: expects seconds\n' }],
  ])('answers %s', async (line, expected) => {
    expect(await said('web1', [line])).toMatchObject(expected);
  });

  test('gives back what comes in on stdin, more than a window of it', async () => {
    const input = `${'x'.repeat(99)}\n`.repeat(30_000);
    const { status, stdout } = await said('web1', ['cat'], { input });
    expect([status, stdout.length, stdout === input]).toEqual([0, input.length, true]);
  });

  test('shows the environment that it was sent', async () => {
    const more = ['-o', 'SetEnv=MUSTER_HOST=web1'];
    expect(await said('web1', ['printenv', 'MUSTER_HOST'], { more })).toMatchObject({
      status: 0,
      stdout: 'web1\n',
    });
  });

  test('is not the same as its neighbour', async () => {
    const [one, two] = await Promise.all([said('web1', ['df']), said('web2', ['df'])]);
    expect(one.stdout).toContain('/dev/vda1');
    expect(one.stdout).not.toBe(two.stdout);
  });

  test.each(['sh', 'exec /bin/sh', '/bin/bash -c true', 'exec bash'])(
    'refuses to run %s, at once',
    async (line) => {
      const { status, stderr } = await said('web1', [line]);
      expect(status).toBe(255);
      expect(stderr).toContain('exec request failed');
    },
  );

  test('refuses the session that asks for a shell', async () => {
    expect(await said('web1', [])).toMatchObject({ status: 255, stdout: '' });
  });

  test('takes its own key and user only', async () => {
    const other = fleet.user === 'root' ? 'admin' : 'root';
    const wrongUser = await said('web1', ['true'], { more: ['-l', other] });
    expect([wrongUser.status, wrongUser.stderr]).toEqual([255, expect.stringContaining('denied')]);
    const stranger = readableKeyPair(ssh2).private;
    await expect(login(fleet, hostNamed('web1'), parsed(stranger))).rejects.toThrow(/auth/u);
  });

  test('takes no signature of another key for its own', async () => {
    const key = parsed(fleet.privateKey);
    const stranger = parsed(readableKeyPair(ssh2).private);
    const forged = Object.create(key, {
      sign: { value: (data: Buffer) => stranger.sign(data) },
    }) as ssh2.ParsedKey;
    const client = await login(fleet, hostNamed('web1'), key);
    client.end();
    await expect(login(fleet, hostNamed('web1'), forged)).rejects.toThrow(/auth/u);
  });
});

describe('what runs ends', () => {
  test('with the connection of a client that is killed', async () => {
    const host = hostNamed('web1');
    const client = ssh('web1', ['echo begun; sleep 1000']);
    await once(client.stdout, 'data');
    expect(await connectionsTo(host)).toBe(1);
    client.kill('SIGKILL');
    await once(client, 'close');
    await eventually(async () => (await connectionsTo(host)) === 0, { what: 'the end' });
  });

  test.each(['TERM', 'KILL', 'INT', 'HUP'])('by the signal request %s', async (name) => {
    expect(await signalled(name, { endInputFirst: false })).toEqual({ code: null, signal: name });
  });

  test('by a signal that comes after the end of the input', async () => {
    expect(await signalled('TERM', { endInputFirst: true })).toEqual({
      code: null,
      signal: 'TERM',
    });
  });

  test('with the fleet, whose ports are free then', async () => {
    const other = await startEmbeddedFleet({
      hosts: [{ name: 'x', kind: 'working' }],
      clock: systemClock,
    });
    const [host] = other.hosts;
    if (host === undefined) throw new Error('no host');
    const { client, channel } = await running(other, host, 'echo begun; sleep 1000');
    const gone = once(channel, 'close');
    await other.close();
    await gone;
    client.end();
    const server = createServer().listen(host.port, host.address);
    await once(server, 'listening');
    server.close();
  });
});

/** What a command says of its end to which a signal was sent. */
async function signalled(
  name: string,
  options: { readonly endInputFirst: boolean },
): Promise<{ code: number | null; signal: string | null }> {
  const { client, channel } = await running(fleet, hostNamed('web1'), 'echo begun; sleep 1000');
  const { _client: inner, outgoing } = channel as unknown as Inner;
  if (options.endInputFirst) channel.eof();
  // ssh2's own method sends nothing after the end of the input.
  inner._protocol.signal(outgoing.id, name);
  const exit: readonly unknown[] = await once(channel, 'exit');
  const [code, signal] = exit;
  const closed = once(client, 'close');
  client.end();
  await closed;
  return {
    code: typeof code === 'number' ? code : null,
    signal: typeof signal === 'string' ? signal.replace('SIG', '') : null,
  };
}

interface Inner {
  readonly _client: { readonly _protocol: { signal(id: number, name: string): void } };
  readonly outgoing: { readonly id: number };
}

/** A command that has said something, and so has begun. */
async function running(
  at: EmbeddedFleet,
  host: EmbeddedHost,
  line: string,
): Promise<{ client: ssh2.Client; channel: ssh2.ClientChannel }> {
  const client = await login(at, host, parsed(at.privateKey));
  const channel = await new Promise<ssh2.ClientChannel>((resolve, reject) => {
    client.exec(line, (error, made) => (error === undefined ? resolve(made) : reject(error)));
  });
  await once(channel, 'data');
  return { client, channel };
}

function login({ user }: EmbeddedFleet, host: EmbeddedHost, key: ssh2.ParsedKey) {
  const client = new ssh2.Client();
  const method: ssh2.PublicKeyAuthMethod = { type: 'publickey', username: user, key };
  return new Promise<ssh2.Client>((resolve, reject) => {
    client.once('ready', () => resolve(client));
    // For good: its connection may be cut later.
    client.on('error', reject);
    client.connect({ host: host.address, port: host.port, username: user, authHandler: [method] });
  });
}

function parsed(key: string): ssh2.ParsedKey {
  const result = ssh2.utils.parseKey(key);
  if (result instanceof Error) throw result;
  return result;
}

async function connectionsTo({ address, port }: EmbeddedHost): Promise<number> {
  const hex = address.split('.').map((part) => Number(part).toString(16).padStart(2, '0'));
  const local = `${hex.toReversed().join('')}:${port.toString(16).padStart(4, '0')}`.toUpperCase();
  // proc(5), /proc/net/tcp: state 01 is an established connection.
  const lines = (await readFile('/proc/net/tcp', 'utf8')).split('\n');
  return lines.filter((row) => row.includes(`: ${local} `) && row.includes(' 01 ')).length;
}

test('a failing host answers every command with a line on stderr and exit status 3', async () => {
  expect(await said('db1', ['uname', '-sr'])).toEqual({
    status: 3,
    stdout: '',
    stderr: 'demo: db1 was made to fail: every command on it exits 3\n',
  });
});

test('a closed host refuses connections', async () => {
  const { address, port } = hostNamed('db2');
  const socket = connect(port, address);
  const errors: readonly unknown[] = await once(socket, 'error');
  expect(errorCode(errors[0])).toBe('ECONNREFUSED');
});

test('every host is on loopback, at an address of its own', () => {
  const places = fleet.hosts.map(({ address, port }) => `${address}:${port}`);
  expect(new Set(places).size).toBe(4);
  for (const { address } of fleet.hosts) expect(address).toMatch(/^127\./u);
});
