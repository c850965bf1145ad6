import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { Secret } from '../../../src/base/secret.ts';
import type { Access } from '../../../src/model/access.ts';
import { ConfigError } from '../../../src/model/errors.ts';
import { PLAIN_SSH } from '../../../src/model/ssh-settings.ts';
import type { Target } from '../../../src/model/target.ts';
import { readKeyFile } from '../../../src/transport/credentials/key-file.ts';
import { offeredAlgorithm, shownFile } from '../../../src/transport/credentials/login-key.ts';
import { tryPassphrase } from '../../../src/transport/credentials/unlock.ts';
import { isSignedBy } from '../../../src/transport/host-keys/signature.ts';
import { loadSsh2 } from '../../../src/transport/ssh2.ts';
import { FORMATS, fingerprintOf, keygen } from './keygen.ts';
import { keyFolder } from './key-folder.ts';
import { load, target } from './loading.ts';

const path = keyFolder('keys');
const PASSPHRASE = 'canary-4c1d: pässword';

beforeAll(() => {
  for (const { name, args } of FORMATS) {
    keygen(path(name), args);
    keygen(path(`locked-${name}`), args, PASSPHRASE);
  }
  keygen(path('other'), ['-t', 'ed25519']);
});

async function fingerprints(overrides: Partial<Access>): Promise<readonly string[]> {
  return (await load(overrides)).forTarget(target()).map((key) => key.fingerprint);
}

async function refusal(
  overrides: Partial<Access>,
  targets?: readonly Target[],
): Promise<ConfigError> {
  const error: unknown = await load(overrides, targets).then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof ConfigError) return error;
  throw new Error('expected a ConfigError', { cause: error });
}

/** Answers with these, one after the other, and counts. */
function answers(...given: readonly string[]): {
  ask: (file: string) => Promise<string>;
  asked: string[];
} {
  const asked: string[] = [];
  const ask = async (file: string): Promise<string> => {
    asked.push(file);
    const answer = given[asked.length - 1];
    if (answer === undefined) throw new Error('asked too often');
    return answer;
  };
  return { ask, asked };
}

describe('formats', () => {
  test.each(FORMATS)(
    '$name: reads the key, and it is the one in the .pub file',
    async ({ name }) => {
      expect(await fingerprints({ identities: [path(name)] })).toEqual([
        fingerprintOf(`${path(name)}.pub`),
      ]);
    },
  );

  test.each(FORMATS)('$name: opens it with its passphrase, asked once', async ({ name }) => {
    const { ask, asked } = answers(PASSPHRASE);
    const file = path(`locked-${name}`);
    expect(await fingerprints({ identities: [file], passphrase: ask })).toEqual([
      fingerprintOf(`${file}.pub`),
    ]);
    expect(asked).toEqual([file]);
  });

  test('PKCS #8 Ed25519, and an EC key behind its parameters, as OpenSSL writes them', async () => {
    const file = path('openssl');
    const options = { format: 'pem', type: 'pkcs8' } as const;
    const pkcs8 = generateKeyPairSync('ed25519').privateKey.export(options);
    writeFileSync(file, pkcs8, { mode: 0o600 });
    const [key] = (await load({ identities: [file] })).forTarget(target());
    expect(key?.type).toBe('ssh-ed25519');
    const parameters =
      '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n';
    writeFileSync(file, `${parameters}${readFileSync(path('pem-ecdsa'), 'utf8')}`);
    expect(await fingerprints({ identities: [file] })).toEqual([
      fingerprintOf(`${path('pem-ecdsa')}.pub`),
    ]);
    rmSync(file);
  });

  test('a file with CRLF line ends is read', async () => {
    const file = path('crlf');
    writeFileSync(file, readFileSync(path('ed25519'), 'utf8').replaceAll('\n', '\r\n'), {
      mode: 0o600,
    });
    expect(await fingerprints({ identities: [file] })).toHaveLength(1);
  });
});

describe('signing', () => {
  const data = Buffer.from('what is signed');

  test.each(FORMATS)('$name: signs what its public key verifies', async ({ name }) => {
    const [key] = (await load({ identities: [path(name)] })).forTarget(target());
    if (key === undefined) throw new Error('no key');
    for (const takes of [null, ['rsa-sha2-256']]) {
      const algorithm = offeredAlgorithm(key.type, takes) ?? '';
      expect(isSignedBy(key.blob, data, await key.sign(data, algorithm))).toBe(true);
      expect(isSignedBy(key.blob, Buffer.from('other'), await key.sign(data, algorithm))).toBe(
        false,
      );
    }
  });

  test('an RSA key never signs with SHA-1, whatever the server takes', async () => {
    const [key] = (await load({ identities: [path('rsa')] })).forTarget(target());
    if (key === undefined) throw new Error('no key');
    expect(offeredAlgorithm('ssh-rsa', null)).toBe('rsa-sha2-512');
    expect(offeredAlgorithm('ssh-rsa', ['ssh-rsa', 'rsa-sha2-256'])).toBe('rsa-sha2-256');
    expect(offeredAlgorithm('ssh-rsa', ['ssh-rsa'])).toBeNull();
    expect(() => key.sign(data, 'ssh-rsa')).toThrow('nothing is signed with ssh-rsa');
  });
});

describe('a named key that cannot be used is an error that names it', () => {
  test('missing', async () => {
    const error = await refusal({ identities: [path('nowhere')] });
    expect(error.code).toBe('key-file');
    expect(error.message).toBe(`key file ${path('nowhere')} does not exist`);
  });

  test('named by a target only', async () => {
    const error = await refusal({}, [target(), target({ identities: [path('nowhere')] })]);
    expect(error.message).toContain(path('nowhere'));
  });

  test.each([0o644, 0o640, 0o604, 0o660, 0o700 | 0o010])(
    'open to others: mode %o',
    async (mode) => {
      const file = path('open');
      copyFileSync(path('ed25519'), file);
      chmodSync(file, mode);
      const error = await refusal({ identities: [file] });
      expect(error.message).toContain(
        `${file} has permissions 0${mode.toString(8)}, which are too open`,
      );
      expect(error.hint).toBe(`chmod 600 ${file}`);
      chmodSync(file, 0o400);
      expect(await fingerprints({ identities: [file] })).toHaveLength(1);
      rmSync(file);
    },
  );

  test.each([
    ['garbage', 'this is no key\n', 'is of an unknown format'],
    ['nothing', '', 'is empty'],
    ['PuTTY', 'PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n', 'is a PuTTY key'],
    [
      'cut',
      '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk=\n-----END OPENSSH PRIVATE KEY-----\n',
      'is a damaged OpenSSH private key',
    ],
    [
      'broken PEM',
      '-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n',
      'is damaged',
    ],
    ['other armour', '-----BEGIN PGP PRIVATE KEY-----\nAAAA\n', 'is of an unknown format'],
    [
      'DSA',
      '-----BEGIN DSA PRIVATE KEY-----\nAAAA\n-----END DSA PRIVATE KEY-----\n',
      'is a DSA key',
    ],
  ])('%s', async (_name, text, problem) => {
    const file = path('bad');
    writeFileSync(file, text, { mode: 0o600 });
    const error = await refusal({ identities: [file] });
    expect(error.code).toBe('key-file');
    expect(error.message).toContain(`key file ${file} ${problem}`);
    rmSync(file);
  });

  test('a public key, with what to do', async () => {
    const error = await refusal({ identities: [`${path('ed25519')}.pub`] });
    expect(error.message).toContain('is a public key, and no agent holds its private half');
    expect(error.hint).toContain('without .pub');
  });

  test('a directory', async () => {
    mkdirSync(path('directory'));
    expect((await refusal({ identities: [path('directory')] })).message).toContain(
      'is a directory',
    );
  });

  test('a key without an inside', async () => {
    const file = path('hollow');
    const lines = readFileSync(path('rsa'), 'utf8').split('\n');
    lines.splice(20, 2);
    writeFileSync(file, lines.join('\n'), { mode: 0o600 });
    expect((await refusal({ identities: [file] })).message).toMatch(/damaged/u);
  });
});

describe('passphrases', () => {
  const file = (): string => path('locked-ed25519');

  test('a wrong one is asked for again, three times at most', async () => {
    const second = answers('wrong', PASSPHRASE);
    expect(await fingerprints({ identities: [file()], passphrase: second.ask })).toHaveLength(1);
    expect(second.asked).toHaveLength(2);
    const never = answers('wrong', 'wrong', 'wrong');
    const error = await refusal({ identities: [file()], passphrase: never.ask });
    expect(error.message).toContain('the passphrase was wrong three times');
    expect(never.asked).toHaveLength(3);
  });

  test('none given, or nobody to ask: an error for a named key', async () => {
    const empty = await refusal({ identities: [file()], passphrase: answers('').ask });
    expect(empty.message).toContain('no passphrase was given');
    const nobody = await refusal({ identities: [file()] });
    expect(nobody.message).toContain('nobody can be asked');
  });

  test('one file named for many targets is asked for once', async () => {
    const { ask, asked } = answers(PASSPHRASE);
    const targets = Array.from({ length: 50 }, () => target({ identities: [file()] }));
    const credentials = await load({ passphrase: ask }, targets);
    expect(new Set(targets.map((one) => credentials.forTarget(one))).size).toBe(1);
    expect(asked).toHaveLength(1);
  });

  test('stay out of every error', async () => {
    const { ask } = answers(PASSPHRASE, PASSPHRASE, PASSPHRASE);
    const broken = path('broken-locked');
    const text = readFileSync(path('locked-pem-rsa'), 'utf8');
    writeFileSync(broken, text.replace(/^(DEK-Info: .*)$/mu, 'DEK-Info: AES-128-CBC,00'), {
      mode: 0o600,
    });
    const error = await refusal({ identities: [broken], passphrase: ask });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('canary');
  });

  test('C24: are overwritten once they were tried, right or wrong', async () => {
    const key = await readKeyFile(file());
    if (key.kind !== 'private') throw new Error(`a key file that is ${key.kind}`);
    const ssh2 = await loadSsh2();
    const lent: unknown[] = [];
    const parseKey: typeof ssh2.utils.parseKey = (text, passphrase) => {
      lent.push(passphrase);
      return ssh2.utils.parseKey(text, passphrase);
    };
    const watched = { ...ssh2, utils: { ...ssh2.utils, parseKey } };
    const tried = [PASSPHRASE, 'wrong'].map((answer) => tryPassphrase(watched, key, answer));
    expect(tried.map(({ kind }) => kind)).toEqual(['key', 'wrong']);
    expect(lent).toEqual(
      [PASSPHRASE, 'wrong'].map((text) => Buffer.alloc(Buffer.byteLength(text))),
    );
  });
});

describe('default keys', () => {
  test('that are missing are passed over without a word', async () => {
    const credentials = await load({ defaultIdentities: [path('nowhere'), path('ed25519')] });
    expect(credentials.forTarget(target())).toHaveLength(1);
    expect(credentials.passedOver(target())).toEqual([]);
  });

  test('that cannot be used are passed over while there is another, and named', async () => {
    writeFileSync(path('bad'), 'x', { mode: 0o600 });
    const credentials = await load({
      defaultIdentities: [path('bad'), path('locked-rsa'), path('ed25519')],
      passphrase: answers().ask,
    });
    expect(credentials.forTarget(target()).map((key) => key.fingerprint)).toEqual([
      fingerprintOf(path('ed25519')),
    ]);
    expect(credentials.passedOver(target()).join('\n')).toContain(`${path('bad').slice(-30)} `);
    expect(credentials.passedOver(target()).join('\n')).toContain(
      `${path('locked-rsa').slice(-30)} `,
    );
    rmSync(path('bad'));
  });

  test('that are locked are asked for where there is nothing else', async () => {
    const { ask, asked } = answers(PASSPHRASE);
    const found = await fingerprints({
      defaultIdentities: [path('locked-ed25519')],
      passphrase: ask,
    });
    expect(found).toHaveLength(1);
    expect(asked).toHaveLength(1);
    const error = await refusal({ defaultIdentities: [path('locked-ed25519')] });
    expect(error.message).toContain(path('locked-ed25519'));
  });

  test('are not touched where every target has keys named', async () => {
    const named = target({ identities: [path('ed25519')] });
    writeFileSync(path('bad'), 'x', { mode: 0o600 });
    const credentials = await load({ defaultIdentities: [path('bad')] }, [named]);
    expect(credentials.forTarget(named)).toHaveLength(1);
    expect(credentials.passedOver(target())).toEqual([]);
    rmSync(path('bad'));
  });

  test('none at all: nothing to offer, and no error', async () => {
    expect(await fingerprints({ defaultIdentities: [path('nowhere')] })).toEqual([]);
  });
});

describe('order', () => {
  test('the keys named for all, then those named for the target; each key once', async () => {
    const copy = path('copy');
    copyFileSync(path('ed25519'), copy);
    const one = target({ identities: [path('rsa'), copy, path('ed25519')] });
    const two = target({ identities: [path('ecdsa-256')] });
    const credentials = await load({ identities: [path('other')] }, [one, two]);
    expect(credentials.forTarget(one).map((key) => key.description)).toEqual(
      [path('other'), path('rsa'), copy].map(shownFile),
    );
    expect(credentials.forTarget(two).map((key) => key.description)).toEqual(
      [path('other'), path('ecdsa-256')].map(shownFile),
    );
    rmSync(copy);
  });

  test('at most six keys', async () => {
    const files = FORMATS.map(({ name }) => path(name));
    expect(await fingerprints({ identities: files })).toEqual(files.slice(0, 6).map(fingerprintOf));
    // The server would not hear of the password after six.
    const password = new Secret('words');
    expect(await fingerprints({ identities: files, password })).toHaveLength(5);
  });
});

test('a description is safe text of bounded length', async () => {
  const file = path(`\u001b]0;title\u0007${'long'.repeat(40)}`);
  copyFileSync(path('ed25519'), file);
  const [key] = (await load({ identities: [file] })).forTarget(target());
  expect(key?.description).not.toContain('\u001b');
  expect(key?.description.length).toBeLessThanOrEqual(60);
  rmSync(file);
});

describe('keys that ssh_config alone names', () => {
  const ssh = { ...PLAIN_SSH, onlyIdentityFiles: true };
  const format = 'other';

  test('are passed over where they are of no use, and the host that is not let in says why', async () => {
    const exposed = path('exposed');
    const publicHalf = `${path('lone')}.pub`;
    keygen(path('lone'), ['-t', 'ed25519']);
    copyFileSync(path(format), exposed);
    chmodSync(exposed, 0o644);
    const files = [path('missing'), publicHalf, exposed, path(''), path(format)];
    const one = target({ identities: files, ssh });
    const credentials = await load({}, [one]);
    expect(credentials.forTarget(one).map(({ fingerprint }) => fingerprint)).toEqual([
      fingerprintOf(`${path(format)}.pub`),
    ]);
    expect(credentials.passedOver(one)).toEqual([
      expect.stringMatching(/missing does not exist$/u),
      expect.stringMatching(/is a public key, and no agent holds its private half$/u),
      expect.stringMatching(/too open/u),
      expect.stringMatching(/is a directory/u),
    ]);
    // The operator, or the inventory, names the same one.
    const strict = target({ name: 'web2', identities: [publicHalf] });
    expect((await refusal({}, [one, strict])).message).toContain('is a public key');
  });

  test('are passed over where they stay locked, unless there is no other way in', async () => {
    const shut = path(`locked-${FORMATS[0]?.name ?? ''}`);
    const two = target({ identities: [shut, path('other')], ssh });
    const credentials = await load({}, [two]);
    expect(credentials.forTarget(two)).toHaveLength(1);
    expect(credentials.passedOver(two)[0]).toContain('is encrypted');
    const one = target({ name: 'web2', identities: [shut, path('missing')], ssh });
    expect((await refusal({}, [two, one])).message).toContain('is encrypted');
  });

  test('are all there are: where there is none, no default key is tried', async () => {
    const none = target({ ssh });
    const plain = target({ name: 'web2' });
    const credentials = await load({ defaultIdentities: [path(format)] }, [none, plain]);
    expect(credentials.forTarget(none)).toEqual([]);
    expect(credentials.passedOver(none)[0]).toBe('IdentityFile names no file that is there');
    expect(credentials.forTarget(plain)).toHaveLength(1);
  });
});
