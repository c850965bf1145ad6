import { expect, test } from 'vitest';
import type { Connection, ExecOptions } from '../../src/model/ports/transport.ts';
import { PLAIN_SSH, type SshSettings } from '../../src/model/ssh-settings.ts';
import { fleetForFile } from '../fleet/for-file.ts';
import { startFleet } from '../fleet/sshd.ts';
import { connectTo, heard, notes, withTransport } from './connect/reach.ts';

const fleet = await fleetForFile({ hosts: 2, config: ['AcceptEnv GIVEN_*'] });

async function said(
  connection: Connection,
  command: string,
  options: ExecOptions,
): Promise<readonly [output: string, error: string]> {
  const listener = heard();
  const channel = await connection.exec(command, listener, options);
  const end = await channel.ended;
  expect(end).toMatchObject({ kind: 'exit', code: 0, drained: true });
  return [listener.output(), listener.error()];
}

function connected<T>(
  use: (connection: Connection) => Promise<T>,
  settings: Partial<SshSettings> = {},
): Promise<T> {
  return withTransport(async (transport) => {
    const ssh = { ...PLAIN_SSH, ...settings };
    const target = fleet.target(fleet.addresses(1)[0] ?? '', { ssh });
    const connection = await connectTo(transport, target, fleet.access());
    return use(connection).finally(() => connection.destroy());
  });
}

test('variables are set where the server takes them, and nothing is said of the others', async () => {
  await connected(async (connection) => {
    const env = { GIVEN_A: "it's 1\nand 2", GIVEN_B: 'ü', OTHER: 'no' };
    const command = 'printf "%s|" "$GIVEN_A" "$GIVEN_B" "$OTHER"';
    expect(await said(connection, command, { env, input: 'none' })).toEqual([
      "it's 1\nand 2|ü||",
      '',
    ]);
    expect(await said(connection, command, { input: 'none' })).toEqual(['|||', '']);
  });
});

test('a terminal has its size and kind, shows nothing of what is typed, and leaves line ends as they are', async () => {
  await connected(async (connection) => {
    const tty = { columns: 132, rows: 43, term: 'vt220' };
    const listener = heard();
    const channel = await connection.exec(
      'tty >/dev/null && stty size && echo $TERM && echo error >&2; read -r x; echo "<$x>"',
      listener,
      { tty, env: { GIVEN_A: 'x' } },
    );
    await channel.write(Buffer.from('typed\n'));
    expect(await channel.ended).toMatchObject({ kind: 'exit', code: 0 });
    expect(listener.output()).toBe('43 132\nvt220\nerror\n<typed>\n');
    expect(listener.error()).toBe('');
  });
});

test('a server that gives no terminal runs the command without, and that is said', async () => {
  const bare = await startFleet({ place: fleet.spare(), config: ['PermitTTY no'] });
  try {
    const seen = notes();
    await withTransport(async (transport) => {
      const target = bare.target(fleet.spare().address);
      const connection = await connectTo(transport, target, bare.access(), { notes: seen });
      const tty = { columns: 80, rows: 24 };
      const [output] = await said(connection, 'tty || true', { tty, input: 'none' });
      expect(output).toBe('not a tty\n');
      expect(seen.warnings).toEqual(['the host gave no terminal']);
      connection.destroy();
    });
  } finally {
    await bare.stop();
  }
});

test('the agent is offered to a command that may use it, and to no other', async () => {
  const use = async (connection: Connection): Promise<void> => {
    const command = 'test -S "$SSH_AUTH_SOCK" && echo there || echo none';
    const options: ExecOptions = { input: 'none', forwardAgent: true };
    expect(await said(connection, command, { input: 'none' })).toEqual(['none\n', '']);
    expect(await said(connection, command, options)).toEqual(['there\n', '']);
  };
  await connected(use, { forwardAgent: true, agent: { socket: '/nowhere/agent' } });
});
