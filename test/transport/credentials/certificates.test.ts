import { copyFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import type { Access } from '../../../src/model/access.ts';
import { PLAIN_SSH } from '../../../src/model/ssh-settings.ts';
import type { Target } from '../../../src/model/target.ts';
import { wireString } from '../../../src/transport/host-keys/key-blob.ts';
import { eventually } from '../../helpers/eventually.ts';
import { connectTo, failureOf, withTransport } from '../connect/reach.ts';
import { startAgent } from './agent.ts';
import { certify, encryptKey, keygen } from './keygen.ts';
import { startSecurityKeyAgent } from './security-key-agent.ts';
import { fleetForFile } from '../../fleet/for-file.ts';
import { keyFolder } from './key-folder.ts';

const KINDS = [
  { name: 'ed25519', args: ['-t', 'ed25519'], shown: 'ED25519-CERT' },
  { name: 'ecdsa', args: ['-t', 'ecdsa', '-b', '384'], shown: 'ECDSA-CERT' },
  { name: 'rsa', args: ['-t', 'rsa', '-b', '2048'], shown: 'RSA-CERT' },
];

const path = keyFolder('user-certificates');
const authorized = path('authorized_keys');
writeFileSync(authorized, '', { mode: 0o600 });
keygen(path('authority'), ['-t', 'ed25519']);
/** Lets in whom its authority has certified, and the security keys of a file; plain keys of another kind never. */
const fleet = await fleetForFile({
  config: [`TrustedUserCAKeys ${path('authority')}.pub`, `AuthorizedKeysFile ${authorized}`],
});
const [host = ''] = fleet.addresses(1);
for (const { name, args } of KINDS) certified(name, args);
const agent = await startAgent();
afterAll(() => agent.stop());

/** A new key, and its certificate for the fleet's user beside it. */
function certified(name: string, args: readonly string[], ...more: readonly string[]): string {
  keygen(path(name), args, '', name);
  certify(path('authority'), path(name), more.includes('-n') ? more : ['-n', fleet.user, ...more]);
  return path(name);
}

function target(
  identities: readonly string[],
  settings: Partial<NonNullable<Target['ssh']>> = {},
): Target {
  return fleet.target(host, { identities, ssh: { ...PLAIN_SSH, ...settings } });
}

/** What sshd says of the keys that it was shown in one login, which succeeds. */
async function letIn(to: Target, access: Partial<Access> = {}): Promise<readonly string[]> {
  const before = (await fleet.log()).length;
  await withTransport(async (transport) => {
    (await connectTo(transport, to, fleet.access(access))).release();
  });
  return eventually(
    async () => {
      const lines =
        (await fleet.log()).slice(before).match(/^(?:Accepted|Failed) publickey .*$/gmu) ?? [];
      return lines.at(-1)?.startsWith('Accepted') === true ? lines : null;
    },
    { what: 'the login in the log of sshd' },
  );
}

describe('a real sshd that takes certificates only lets in', () => {
  test.each(KINDS)('a key file with its certificate beside it: $name', async ({ name, shown }) => {
    const lines = await letIn(target([path(name)]));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`Accepted publickey for ${fleet.user}`);
    expect(lines[0]).toContain(`${shown} `);
  });

  test.each(KINDS)('a certificate of the agent: $name', async ({ name, shown }) => {
    agent.add(path(name));
    const lines = await letIn(target([]), { agent: agent.socket });
    agent.remove(path(name));
    expect(lines.at(-1)).toContain(`${shown} `);
  });

  test('a key whose certificate is named, elsewhere', async () => {
    const key = certified('apart', ['-t', 'ed25519']);
    renameSync(`${key}-cert.pub`, path('elsewhere'));
    const lines = await letIn(target([key], { certificates: [path('elsewhere')] }));
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['Accepted']);
  });

  test('a certificate in a file whose key only the agent has, and no other key of the agent', async () => {
    const key = certified('of-agent', ['-t', 'rsa', '-b', '2048']);
    agent.add(path('ecdsa'));
    // The agent is given the key alone: it would read its certificate too.
    renameSync(`${key}-cert.pub`, path('alone'));
    agent.add(key);
    const settings = { certificates: [path('alone')], identitiesOnly: true };
    const lines = await letIn(target([`${key}.pub`], settings), { agent: agent.socket });
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['Accepted']);
    expect(lines[0]).toContain('RSA-CERT ');
    // Beside the public half, too.
    renameSync(path('alone'), `${key}-cert.pub`);
    const beside = target([`${key}.pub`], { identitiesOnly: true });
    expect((await letIn(beside, { agent: agent.socket }))[0]).toContain('RSA-CERT ');
    agent.remove(key);
    agent.remove(path('ecdsa'));
  });

  test('an encrypted key, once its passphrase is given', async () => {
    const key = path('locked');
    copyFileSync(path('ed25519'), key);
    copyFileSync(path('ed25519-cert.pub'), `${key}-cert.pub`);
    encryptKey(key, 'words');
    const lines = await letIn(target([key]), { passphrase: () => Promise.resolve('words') });
    expect(lines[0]).toContain('ED25519-CERT ');
  });

  test('security keys through the agent, each with one touch, and a certificate of one', async () => {
    const soft = await startSecurityKeyAgent(['ed25519', 'ecdsa']);
    const [first, second] = soft.keys;
    const access = { agent: soft.socket };
    writeFileSync(authorized, `${first?.text}\n`);
    expect((await letIn(target([]), access)).at(-1)).toContain('ED25519-SK ');
    writeFileSync(authorized, `${second?.text}\n`);
    expect((await letIn(target([]), access)).at(-1)).toContain('ECDSA-SK ');
    // The one that the server did not want was not touched.
    expect(soft.keys.map(({ touches }) => touches())).toEqual([1, 1]);

    writeFileSync(authorized, '');
    writeFileSync(path('soft.pub'), `${first?.text} soft\n`);
    certify(path('authority'), path('soft'), ['-n', fleet.user]);
    const lines = await letIn(target([], { certificates: [path('soft-cert.pub')] }), access);
    expect(lines.at(-1)).toContain('ED25519-SK-CERT ');
    await soft.stop();
  });
});

test('the key file of a security key stands for the one that the agent holds, and is of no use without', async () => {
  const soft = await startSecurityKeyAgent(['ecdsa', 'ed25519']);
  const [, key] = soft.keys;
  writeFileSync(authorized, soft.keys.map(({ text }) => `${text}\n`).join(''));
  // What ssh-keygen writes, as far as it is not encrypted (PROTOCOL.key): the rest is the authenticator's to read.
  const words = ['none', 'none', '', key?.blob ?? ''].map(wireString);
  words.splice(3, 0, Buffer.of(0, 0, 0, 1));
  const body = [Buffer.from('openssh-key-v1\0'), ...words, wireString('handle')];
  const armour = (word: string): string => `-----${word} OPENSSH PRIVATE KEY-----`;
  const text = [armour('BEGIN'), Buffer.concat(body).toString('base64'), armour('END'), ''];
  writeFileSync(path('id_sk'), text.join('\n'), { mode: 0o600 });
  const lines = await letIn(target([path('id_sk')], { identitiesOnly: true }), {
    agent: soft.socket,
  });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('ED25519-SK ');
  await soft.stop();
  await expect(
    withTransport((transport) => connectTo(transport, target([path('id_sk')]), fleet.access())),
  ).rejects.toThrow('belongs to a security key, and no agent holds that');
});

describe('whoever is not let in by a certificate hears why', () => {
  const denied = async (to: Target, access: Partial<Access> = {}): Promise<string> => {
    const failure = await withTransport((transport) =>
      failureOf(connectTo(transport, to, fleet.access(access))),
    );
    expect(failure).toMatchObject({ phase: 'authenticate', code: 'auth-denied' });
    expect(failure.message.length).toBeLessThanOrEqual(200);
    return failure.message;
  };

  test('one that has expired is not even offered', async () => {
    const key = certified('old', ['-t', 'ed25519'], '-V', '20200101:20200102');
    const before = (await fleet.log()).length;
    expect(await denied(target([key]))).toMatch(/certificate \S*old-cert.* expired at 2020-01-0/u);
    expect((await fleet.log()).slice(before)).not.toContain('-CERT');
  });

  test('one that is for another user', async () => {
    const key = certified('others', ['-t', 'ed25519'], '-n', 'somebody');
    expect(await denied(target([key]))).toContain('is for somebody, not for');
  });

  test('one of another key is of no use, nor is a file without any', async () => {
    keygen(path('bare'), ['-t', 'ed25519']);
    writeFileSync(path('bare-cert.pub'), readFileSync(path('ed25519-cert.pub')));
    const nothing = path('nothing');
    writeFileSync(nothing, 'nothing\n');
    const message = await denied(target([path('bare')], { certificates: [nothing] }));
    expect(message).toContain('holds no certificate that can be used');
  });
});
