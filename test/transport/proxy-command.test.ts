import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PLAIN_SSH } from '../../src/model/ssh-settings.ts';
import type { Target } from '../../src/model/target.ts';
import { fleetForFile } from '../fleet/for-file.ts';
import { eventually } from '../helpers/eventually.ts';
import { remoteProcesses } from '../helpers/processes.ts';
import {
  connectTo,
  failureOf,
  heard,
  request,
  run,
  testFolder,
  withTransport,
} from './connect/reach.ts';

const fleet = await fleetForFile();
const [host = ''] = fleet.addresses(1);

/** A target that is reached through this program. */
function through(command: readonly string[]): Target {
  return fleet.target(host, { name: 'web', ssh: { ...PLAIN_SSH, proxyCommand: command } });
}

/** A program that connects standard input and output to the fleet, and does what `script` says before. */
function proxy(script = ''): readonly string[] {
  const file = join(testFolder(), 'proxy.mjs');
  writeFileSync(
    file,
    `import { connect } from 'node:net';
     import { writeFileSync } from 'node:fs';
     const [, , port, address, note] = process.argv;
     const socket = connect(port, address);
     ${script}
     socket.on('error', () => process.exit(9));
     process.stdin.pipe(socket);
     socket.pipe(process.stdout);`,
  );
  return [process.execPath, file, String(fleet.port), host];
}

describe('a proxy command', () => {
  test('carries the connection, gets its arguments as they are, and ends with it', async () => {
    const note = join(testFolder(), 'no$te; touch x');
    const script = `writeFileSync(note, [process.pid, ...process.argv.slice(4)].join('\\n'));`;
    const target = through([...proxy(script), note, "it's $HOME", '']);
    let pid = 0;
    await withTransport(async (transport) => {
      const connection = await connectTo(transport, target, fleet.access());
      expect((await run(connection, 'echo through')).output).toBe('through\n');
      const big = await run(connection, 'head -c 20000000 /dev/zero | tr "\\0" x');
      expect(big.output.length).toBe(20_000_000);
      const [first = '', ...words] = readFileSync(note, 'utf8').split('\n');
      pid = Number(first);
      expect(words).toEqual([note, "it's $HOME", '']);
      expect(existsSync(`/proc/${pid}`)).toBe(true);
      connection.release();
    });
    // Whoever waits for the transport's end waits for it.
    expect(existsSync(`/proc/${pid}`)).toBe(false);
  });

  test.each([
    [
      'that is not there',
      ['/nonexistent/nc'],
      'unreachable',
      'proxy command /nonexistent/nc cannot be started: there is no such program',
    ],
    [
      'that fails',
      ['sh', '-c', 'echo one >&2; printf "no route\\033[2J to %s\\n" there >&2; exit 3'],
      'unreachable',
      'proxy command sh ended with exit status 3: one; no route^[[2J to there',
    ],
    [
      'that ends without a word',
      ['true'],
      'closed-early',
      'proxy command true ended with exit status 0',
    ],
    [
      'that is killed',
      ['sh', '-c', 'kill -9 $$'],
      'unreachable',
      'proxy command sh was killed by SIGKILL',
    ],
    [
      'whose output somebody else holds',
      ['sh', '-c', 'sleep 87643 & echo gone >&2; exit 1'],
      'unreachable',
      'proxy command sh ended with exit status 1: gone',
    ],
  ])('%s is told with how it ended and what it said', async (_what, command, code, message) => {
    await withTransport(async (transport) => {
      const failure = await failureOf(connectTo(transport, through(command), fleet.access()));
      expect(failure).toMatchObject({ code, message, mayHaveRun: false, via: null });
    });
    expect(remoteProcesses('87643')).toEqual([]);
  });

  test('that says nothing is given up with the connect time, and killed where it does not end', async () => {
    const marker = `3600.${process.pid}`;
    const stubborn = ['sh', '-c', `trap "" TERM HUP; while :; do sleep ${marker}; done`];
    await withTransport(async (transport) => {
      const target = through(stubborn);
      await transport.prepare([target], fleet.access(), true);
      const access = fleet.access();
      await transport.prepare([target], access, true);
      const failure = await failureOf(
        transport.connect(request(target, access, { timeoutMs: 300 })),
      );
      expect(failure).toMatchObject({ phase: 'handshake', code: 'banner-timeout' });
      await eventually(() => remoteProcesses(marker).length === 0);
    });
  });

  test('that ends while a command runs loses it, in its own words', async () => {
    const script = `process.stdin.once('end', () => 0); process.on('SIGUSR2', () => { console.error('cut off'); process.exit(4); }); writeFileSync(note, String(process.pid));`;
    const note = join(testFolder(), 'pid');
    await withTransport(async (transport) => {
      const target = through([...proxy(script), note]);
      const connection = await connectTo(transport, target, fleet.access());
      const channel = await connection.exec('cat', heard());
      process.kill(Number(readFileSync(note, 'utf8')), 'SIGUSR2');
      const end = await channel.ended;
      expect(end).toMatchObject({ kind: 'lost' });
      expect('reason' in end && end.reason).toContain('ended with exit status 4: cut off');
      expect(transport.openConnections).toBe(0);
      connection.release();
    });
  });

  test('reaches a jump host, too', async () => {
    const gate = { ...through(proxy()), name: 'gate' };
    const behind = fleet.target(fleet.addresses(2)[1] ?? '', { jump: [gate] });
    await withTransport(async (transport) => {
      const connection = await connectTo(transport, behind, fleet.access());
      expect((await run(connection, 'echo behind')).output).toBe('behind\n');
      connection.release();
      const lost = { ...through(['false']), name: 'gate' };
      const target = fleet.target(fleet.addresses(2)[1] ?? '', { jump: [lost] });
      expect(await failureOf(connectTo(transport, target, fleet.access()))).toMatchObject({
        code: 'unreachable',
        via: 'gate',
        message: 'proxy command false ended with exit status 1',
      });
    });
  });

  test('that may not be run is told so', async () => {
    const file = join(testFolder(), 'plain');
    writeFileSync(file, '');
    chmodSync(file, 0o600);
    await withTransport(async (transport) => {
      const failure = await failureOf(connectTo(transport, through([file]), fleet.access()));
      expect(failure.code).toBe('unreachable');
      expect(failure.message).toContain('it is no program');
    });
  });
});
