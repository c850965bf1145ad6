import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ExpectedAs } from '../../../src/model/host-trust.ts';
import { readExpectedKeys } from '../../../src/transport/host-keys/expected-keys.ts';
import { fingerprint, keyType } from '../../../src/transport/host-keys/key-blob.ts';
import { testFolder } from '../connect/reach.ts';
import { newHostKey, type PublicKey } from './keys.ts';
import { hashWithSshKeygen } from './ssh-keygen.ts';

const ED = newHostKey('ed25519');
const OTHER = newHostKey('ed25519');
const EC = newHostKey('ecdsa');
const PRINT = fingerprint(ED.blob);

/** What a file says of an ed25519 and an ecdsa key that web1 has shown, whose address is 10.0.0.1 and port 2200. */
async function said(lines: readonly string[]): Promise<readonly ExpectedAs[]> {
  const expected = await readExpectedKeys(file(lines));
  const host = { host: '10.0.0.1', port: 2200, names: ['web1', '10.0.0.1'] };
  return expected.about(host, [ED, EC].map(shown));
}

function file(lines: readonly string[]): string {
  const path = join(testFolder(), 'keys');
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
  return path;
}

function shown({ blob }: PublicKey): { type: string; fingerprint: string; key: string } {
  return {
    type: keyType(blob) ?? '',
    fingerprint: fingerprint(blob),
    key: blob.toString('base64'),
  };
}

describe('expected keys', () => {
  test.each<[string, readonly string[], readonly ExpectedAs[]]>([
    ['known_hosts', [`[10.0.0.1]:2200 ${ED.text}`], ['match', 'unlisted']],
    [
      'ssh-keyscan',
      [`# 10.0.0.1:2200 SSH-2.0`, `[10.0.0.1]:2200 ${ED.text}`],
      ['match', 'unlisted'],
    ],
    ['the name in the inventory', [`web1 ${ED.text}`], ['match', 'unlisted']],
    ['a wildcard', [`web* ${ED.text}`, `web1,web2 ${EC.text}`], ['match', 'match']],
    ['another key of the type', [`web1 ${OTHER.text}`], ['mismatch', 'unlisted']],
    ['a revoked key', [`web1 ${ED.text}`, `@revoked web1 ${ED.text}`], ['unlisted', 'unlisted']],
    ['another host', [`web2 ${ED.text}`], ['unlisted', 'unlisted']],
    ['a fingerprint', [`web1 ${PRINT}`], ['match', 'unlisted']],
    ['a fingerprint, padded, in blanks', [`  WEB1\t${PRINT}=  `], ['match', 'unlisted']],
    ['a fingerprint with a type', [`web1 ssh-ed25519 ${PRINT}`], ['match', 'unlisted']],
    ['ssh-keygen -l', [`256 ${PRINT} web1 (ED25519)`], ['match', 'unlisted']],
    ['a fingerprint for the port', [`[10.0.0.1]:2200 ${PRINT}`], ['match', 'unlisted']],
    ['another fingerprint', [`web1 ${fingerprint(OTHER.blob)}`], ['mismatch', 'mismatch']],
    [
      'another fingerprint of a type',
      [`web1 ssh-ed25519 ${fingerprint(OTHER.blob)}`],
      ['mismatch', 'unlisted'],
    ],
    ['old and new', [`web1 ${fingerprint(OTHER.blob)}`, `web1 ${PRINT}`], ['match', 'unlisted']],
    ['nothing', ['', '# nobody'], ['unlisted', 'unlisted']],
  ])('as %s', async (_, lines, verdicts) => {
    await expect(said(lines)).resolves.toEqual(verdicts);
  });

  test('are read from hashed names too', async () => {
    const path = file([`web1 ${ED.text}`]);
    hashWithSshKeygen(path);
    const expected = await readExpectedKeys(path);
    const host = { host: 'web1', port: 22, names: ['web1'] };
    expect(expected.about(host, [shown(ED)])).toEqual(['match']);
  });

  test.each(['web1', `web1 SHA256:abc`, `web1 ssh-ed25519 AAAA`, `web1 MD5:00:11`, `256 ${PRINT}`])(
    'with the line "%s" are a mistake that names it',
    async (line) => {
      const path = file([`web2 ${PRINT}`, line]);
      await expect(readExpectedKeys(path)).rejects.toMatchObject({
        code: 'known-hosts',
        message: `${path}:2: is no host with its key`,
      });
    },
  );

  test('that cannot be read are a mistake', async () => {
    await expect(readExpectedKeys('/nowhere/keys')).rejects.toThrow('/nowhere/keys: ENOENT');
  });
});
