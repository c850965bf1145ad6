import { copyFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { eventually } from '../../helpers/eventually.ts';
import { connectTo, failureOf, notes, request, withTransport } from '../connect/reach.ts';
import { startAgent } from './agent.ts';
import { FORMATS, encryptKey, fingerprintOf, keygen } from './keygen.ts';
import { fleetThatLetsIn, keyFolder } from './key-folder.ts';

const path = keyFolder('logins');
for (const { name, args } of FORMATS) keygen(path(name), args);
for (const name of ['stranger-1', 'stranger-2']) keygen(path(name), ['-t', 'ed25519']);
const fleet = await fleetThatLetsIn(
  path,
  FORMATS.map(({ name }) => name),
);
const [host = ''] = fleet.addresses(1);
const agent = await startAgent();
afterAll(() => agent.stop());

/** The lines that sshd writes about keys while the task runs, and until it has written that many. */
async function keyLines(count: number, task: () => Promise<void>): Promise<readonly string[]> {
  const before = (await fleet.log()).length;
  await task();
  return await eventually(
    async () => {
      const log = (await fleet.log()).slice(before);
      const lines = log.match(/^(?:Accepted|Failed) publickey .*$/gmu) ?? [];
      return lines.length >= count ? lines : null;
    },
    { what: `${count} lines about keys in the log of sshd` },
  );
}

describe('a real sshd lets in', () => {
  test.each(FORMATS)('a key of the format $name', async ({ name }) => {
    const told = notes();
    const lines = await keyLines(1, () =>
      withTransport(async (transport) => {
        const target = fleet.target(host, { identities: [path(name)] });
        (await connectTo(transport, target, fleet.access(), { notes: told })).release();
      }),
    );
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^Accepted/u);
    expect(lines[0]).toContain(fingerprintOf(path(name)));
    expect(told.phases.find(({ phase }) => phase === 'authenticate')?.detail).toContain(
      path(name).slice(-30),
    );
  });

  test('sixteen hosts with one encrypted key: its passphrase is asked for once', async () => {
    const locked = path('locked');
    copyFileSync(path('ecdsa-256'), locked);
    encryptKey(locked, 'words');
    const asked: string[] = [];
    const access = fleet.access({
      passphrase: async (file) => {
        asked.push(file);
        return 'words';
      },
    });
    const targets = fleet.addresses(16).map((one) => fleet.target(one, { identities: [locked] }));
    const lines = await keyLines(16, () =>
      withTransport(async (transport) => {
        await transport.prepare(targets, access, true);
        const all = targets.map((target) => transport.connect(request(target, access)));
        for (const connection of await Promise.all(all)) connection.release();
      }),
    );
    expect(lines.filter((line) => line.startsWith('Accepted'))).toHaveLength(16);
    expect(asked).toEqual([locked]);
  });

  test.each(['ed25519', 'ecdsa-521', 'rsa'])(
    'the agent’s key %s, behind keys it does not know',
    async (name) => {
      for (const one of ['stranger-1', 'stranger-2', name]) agent.add(path(one));
      const lines = await keyLines(3, () =>
        withTransport(async (transport) => {
          const access = fleet.access({ agent: agent.socket });
          (await connectTo(transport, fleet.target(host, { identities: [] }), access)).release();
        }),
      );
      expect(lines.map((line) => line.split(' ')[0])).toEqual(['Failed', 'Failed', 'Accepted']);
      expect(lines[2]).toContain(fingerprintOf(path(name)));
      for (const one of ['stranger-1', 'stranger-2', name]) agent.remove(path(one));
    },
  );

  test('a key named by its .pub file, signed for by the agent', async () => {
    agent.add(path('rsa'));
    await withTransport(async (transport) => {
      const target = fleet.target(host, { identities: [`${path('rsa')}.pub`] });
      (await connectTo(transport, target, fleet.access({ agent: agent.socket }))).release();
    });
    agent.remove(path('rsa'));
  });
});

test('an agent that has lost the key fails the login as the agent', async () => {
  agent.add(path('ed25519'));
  const access = fleet.access({ agent: agent.socket });
  const target = fleet.target(host, { identities: [] });
  const failure = await withTransport(async (transport) => {
    await transport.prepare([target], access, true);
    agent.remove(path('ed25519'));
    return await failureOf(transport.connect(request(target, access)));
  });
  expect(failure).toMatchObject({ phase: 'authenticate', code: 'agent', mayHaveRun: false });
  expect(failure.message).toContain('refused to sign');
});

test('each key is tried once, six at most', async () => {
  const strangers = Array.from({ length: 8 }, (_, n) => path(`many-${n}`));
  for (const file of strangers) keygen(file, ['-t', 'ed25519']);
  const lines = await keyLines(6, async () => {
    const failure = await withTransport((transport) =>
      failureOf(
        connectTo(transport, fleet.target(host, { identities: strangers }), fleet.access()),
      ),
    );
    expect(failure.code).toBe('auth-denied');
    expect(failure.message).toContain('2 more keys were not tried, as servers end a login at 6');
  });
  expect(lines).toHaveLength(6);
  expect(new Set(lines.map((line) => /SHA256:\S+/u.exec(line)?.[0])).size).toBe(6);
});

test('a denied login names the key that was passed over because nobody could be asked for its passphrase', async () => {
  const locked = path('passed-over');
  copyFileSync(path('ed25519'), locked);
  encryptKey(locked, 'words');
  const access = fleet.access({ defaultIdentities: [path('stranger-1'), locked] });
  const failure = await withTransport((transport) =>
    failureOf(connectTo(transport, fleet.target(host, { identities: [] }), access)),
  );
  expect(failure.code).toBe('auth-denied');
  expect(failure.message).toMatch(/key file \S*passed-over is encrypted/u);
});
