import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { HostKeyPolicy } from '../../../src/model/access.ts';
import { FailureError, type Failure } from '../../../src/model/failure.ts';
import {
  hostKeyCheck,
  strictVerifier,
  type HostKeyCheck,
} from '../../../src/transport/host-keys/host-key-check.ts';
import { fingerprint } from '../../../src/transport/host-keys/key-blob.ts';
import { loadKnownHosts, type KnownHosts } from '../../../src/transport/host-keys/known-hosts.ts';
import { temporaryFolder } from '../../setup/run-folder.ts';
import { newHostKey, type PublicKey } from './keys.ts';

let folder = '';
let file = '';
let writeFile = '';
let key: PublicKey;
let other: PublicKey;
let rsa: PublicKey;

beforeAll(() => {
  key = newHostKey('ed25519');
  other = newHostKey('ed25519');
  rsa = newHostKey('rsa');
});
beforeEach(() => {
  if (folder !== '') rmSync(folder, { recursive: true });
  folder = temporaryFolder('check');
  file = join(folder, 'known_hosts');
  writeFile = join(folder, 'new', 'known_hosts');
});
afterAll(() => rmSync(folder, { recursive: true }));

async function knownHosts(text: string): Promise<KnownHosts> {
  writeFileSync(file, text);
  return await loadKnownHosts([file]);
}

function checkWith(
  known: KnownHosts,
  policy: HostKeyPolicy,
  host = 'web1',
  port = 22,
): HostKeyCheck {
  return hostKeyCheck({ knownHosts: known, host, port, policy, writeFile });
}

async function check(text: string, policy: HostKeyPolicy, port = 22): Promise<HostKeyCheck> {
  return checkWith(await knownHosts(text), policy, 'web1', port);
}

const POLICIES: readonly HostKeyPolicy[] = ['strict', 'accept-new', 'off'];

describe('strict', () => {
  test('accepts a known key, and says type and fingerprint', async () => {
    const subject = await check(`web1 ${key.text}\n`, 'strict');
    expect(subject.detail).toBe('');
    expect(subject.verify(key.blob)).toBeNull();
    expect(subject.detail).toBe(`ssh-ed25519 ${fingerprint(key.blob)}`);
  });

  test('refuses an unknown key with its type, its fingerprint and how to accept it', async () => {
    const subject = await check(`web2 ${key.text}\n`, 'strict');
    const failure = subject.verify(key.blob);
    expect(failure).toMatchObject({
      phase: 'verify',
      code: 'host-key-unknown',
      mayHaveRun: false,
      via: null,
    });
    expect(failure?.message).toContain(`ssh-ed25519 ${fingerprint(key.blob)}`);
    expect(failure?.message).toContain('--host-keys accept-new');
    expect(failure?.message).toContain('web1');
    expect(subject.failure).toBe(failure);
    expect(subject.detail).toBe('');
  });

  test('knows a host on another port by the name alone, as OpenSSH does, but never as changed', async () => {
    const subject = await check(`web1 ${key.text}\n`, 'strict', 2200);
    expect(subject.verify(other.blob)).toMatchObject({ code: 'host-key-unknown' });
    expect(subject.verify(key.blob)).toBeNull();
  });

  test('does not take the name alone where the port has a line of its own', async () => {
    const subject = await check(`web1 ${key.text}\n[web1]:2200 ${other.text}\n`, 'strict', 2200);
    expect(subject.verify(key.blob)).toMatchObject({ code: 'host-key-changed' });
  });

  test('a certificate authority makes no plain key known', async () => {
    const subject = await check(`@cert-authority * ${key.text}\n`, 'strict');
    expect(subject.verify(key.blob)).toMatchObject({ code: 'host-key-unknown' });
  });
});

describe('a changed key', () => {
  test.each(['strict', 'accept-new'] as const)(
    'is refused under %s, naming the line',
    async (policy) => {
      const text = `# first\nweb1 ${other.text}\n`;
      const subject = await check(text, policy);
      const failure = subject.verify(key.blob);
      expect(failure?.code).toBe('host-key-changed');
      expect(failure?.message).toMatch(/known_hosts:2$/u);
      expect(failure?.message).toContain(fingerprint(key.blob));
      await subject.accepted();
      expect(readFileSync(file, 'utf8')).toBe(text);
      expect(existsSync(writeFile)).toBe(false);
    },
  );

  test.each(['strict', 'accept-new'] as const)(
    'is a key of another type than those known, under %s',
    async (policy) => {
      const subject = await check(`web1 ${rsa.text}\n`, policy);
      const failure = subject.verify(key.blob);
      expect(failure?.code).toBe('host-key-changed');
      expect(failure?.message).toMatch(/not the ssh-rsa key in .*known_hosts:1$/u);
      await subject.accepted();
      expect(existsSync(writeFile)).toBe(false);
    },
  );

  test('names the old key of the same type before others', async () => {
    const subject = await check(`web1 ${other.text}\nweb1 ${rsa.text}\n`, 'strict');
    expect(subject.verify(key.blob)?.message).toMatch(/not the one in .*known_hosts:1$/u);
  });
});

describe('a revoked key', () => {
  test.each(POLICIES)('is refused under %s though it is known too', async (policy) => {
    const subject = await check(`web1 ${key.text}\n@revoked * ${key.text}\n`, policy);
    const failure = subject.verify(key.blob);
    expect(failure?.code).toBe('host-key-revoked');
    expect(failure?.message).toMatch(/known_hosts:2$/u);
    await subject.accepted();
    expect(existsSync(writeFile)).toBe(false);
  });

  test('for the name alone is refused on every port', async () => {
    const subject = await check(`@revoked web1 ${key.text}\n`, 'accept-new', 2200);
    expect(subject.verify(key.blob)).toMatchObject({ code: 'host-key-revoked' });
  });
});

describe('off', () => {
  test('accepts unknown and changed keys, and writes nothing', async () => {
    for (const text of ['', `web1 ${other.text}\n`, `web1 ${rsa.text}\n`]) {
      const subject = await check(text, 'off');
      expect(subject.verify(key.blob)).toBeNull();
      await subject.accepted();
    }
    expect(existsSync(writeFile)).toBe(false);
  });
});

describe('accept-new', () => {
  test('writes a new host only when it is told that the key was proven', async () => {
    const subject = await check('', 'accept-new', 2200);
    expect(subject.verify(key.blob)).toBeNull();
    expect(existsSync(writeFile)).toBe(false);
    await subject.accepted();
    expect(readFileSync(writeFile, 'utf8')).toBe(`[web1]:2200 ${key.text}\n`);
    expect(statSync(writeFile).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'new')).mode & 0o777).toBe(0o700);
    await subject.accepted();
    expect(readFileSync(writeFile, 'utf8')).toBe(`[web1]:2200 ${key.text}\n`);
    const next = hostKeyCheck({
      knownHosts: await loadKnownHosts([writeFile]),
      host: 'web1',
      port: 2200,
      policy: 'strict',
      writeFile,
    });
    expect(next.verify(key.blob)).toBeNull();
  });

  test('hashes the name where that is wanted, and finds it again', async () => {
    const place = { host: 'web1', port: 2200, writeFile };
    const known = await knownHosts('');
    const subject = hostKeyCheck({
      ...place,
      knownHosts: known,
      policy: 'accept-new',
      isHashing: true,
    });
    expect(subject.verify(key.blob)).toBeNull();
    await subject.accepted();
    const written = readFileSync(writeFile, 'utf8');
    expect(written).toMatch(/^\|1\|[^| ]{28}\|[^| ]{28} ssh-ed25519 /u);
    const found = spawnSync('ssh-keygen', ['-F', '[web1]:2200', '-f', writeFile]);
    expect(found.status).toBe(0);
    const learned = await loadKnownHosts([writeFile]);
    const next = hostKeyCheck({ ...place, knownHosts: learned, policy: 'strict' });
    expect(next.verify(key.blob)).toBeNull();
  });

  test('writes no line for a host that was known', async () => {
    const subject = await check(`web1 ${key.text}\n`, 'accept-new');
    expect(subject.verify(key.blob)).toBeNull();
    await subject.accepted();
    expect(existsSync(writeFile)).toBe(false);
  });

  test('a host accepted in this run is held to that key from then on', async () => {
    const known = await knownHosts('');
    const first = checkWith(known, 'accept-new');
    expect(first.verify(key.blob)).toBeNull();
    await first.accepted();
    const second = checkWith(known, 'accept-new');
    expect(second.verify(other.blob)).toMatchObject({ code: 'host-key-changed' });
    expect(second.verify(key.blob)).toBeNull();
    await second.accepted();
    expect(readFileSync(writeFile, 'utf8')).toBe(`web1 ${key.text}\n`);
  });

  test('of two connections that bring two keys at once, the second is refused', async () => {
    const known = await knownHosts('');
    const first = checkWith(known, 'accept-new');
    const second = checkWith(known, 'accept-new');
    expect([first.verify(key.blob), second.verify(other.blob)]).toEqual([null, null]);
    const [one, two] = await Promise.allSettled([first.accepted(), second.accepted()]);
    expect(one.status).toBe('fulfilled');
    expect(failureOf(two)).toMatchObject({ phase: 'verify', code: 'host-key-changed' });
    expect(readFileSync(writeFile, 'utf8')).toBe(`web1 ${key.text}\n`);
  });

  test('five hundred hosts at once write five hundred whole lines, also after a line without an end', async () => {
    const known = await knownHosts('');
    writeFileSync(file, '# unfinished');
    const checks = Array.from({ length: 500 }, (_, n) =>
      hostKeyCheck({
        knownHosts: known,
        host: `h${n}`,
        port: 22,
        policy: 'accept-new',
        writeFile: file,
      }),
    );
    await Promise.all(
      checks.map(async (one) => {
        expect(one.verify(key.blob)).toBeNull();
        await one.accepted();
      }),
    );
    const lines = readFileSync(file, 'utf8').split('\n');
    expect(lines[0]).toBe('# unfinished');
    expect(lines.slice(1, -1).toSorted()).toEqual(
      checks.map((_, n) => `h${n} ${key.text}`).toSorted(),
    );
    expect(lines.at(-1)).toBe('');
  });

  test('refuses where the new key cannot be written down, and the next attempt does too', async () => {
    symlinkSync(folder, join(folder, 'loop'));
    const subject = hostKeyCheck({
      knownHosts: await knownHosts(''),
      host: 'web1',
      port: 22,
      policy: 'accept-new',
      writeFile: join(folder, 'loop'),
    });
    expect(subject.verify(key.blob)).toBeNull();
    const [result] = await Promise.allSettled([subject.accepted()]);
    expect(failureOf(result)).toMatchObject({ code: 'host-key-unknown' });
    expect(failureOf(result)?.message).toContain('EISDIR');
  });

  test.each(['*', 'a,b', 'a b', '!a', 'a\nb', '|1|x', '@revoked', '#a', '[a]', ''])(
    'refuses a host whose name %j would mean other hosts in the file',
    async (host) => {
      const subject = checkWith(await knownHosts(''), 'accept-new', host);
      expect(subject.verify(key.blob)).toMatchObject({ code: 'host-key-unknown' });
      await subject.accepted();
      expect(existsSync(writeFile)).toBe(false);
    },
  );
});

describe('later key exchanges', () => {
  test.each(POLICIES)('accept the same key and refuse another under %s', async (policy) => {
    const subject = await check(`web1 ${key.text}\nweb1 ${other.text}\n`, policy);
    const offered = Buffer.from(key.blob);
    expect(subject.verify(offered)).toBeNull();
    // The library may use its buffer again.
    offered.fill(0);
    expect(subject.verify(key.blob)).toBeNull();
    expect(subject.verify(other.blob)).toMatchObject({ code: 'host-key-changed' });
  });
});

describe('closed', () => {
  test.each(POLICIES)('to bytes that are no key, under %s', async (policy) => {
    const subject = await check('', policy);
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from('ssh-ed25519'),
      key.blob.subarray(0, -1),
      Buffer.concat([key.blob, Buffer.from([0])]),
      Buffer.concat([key.blob, Buffer.alloc(4)]),
    ]) {
      expect(subject.verify(bytes)).toMatchObject({ phase: 'verify', code: 'host-key-unknown' });
    }
  });

  test('where the check itself breaks', async () => {
    const known = await knownHosts(`web1 ${key.text}\n`);
    let broken = false;
    const subject = checkWith(
      {
        about: (host, port) => {
          if (broken) throw new Error('out of order');
          return known.about(host, port);
        },
        learn: () => undefined,
      },
      'off',
    );
    broken = true;
    expect(subject.verify(key.blob)).toMatchObject({ code: 'host-key-unknown' });
    expect(strictVerifier(subject)(key.blob)).toBe(false);
  });

  test('to every answer but exactly null: promises, undefined, 0, true and errors are a no', () => {
    const answers: unknown[] = [Promise.resolve(null), undefined, 0, '', false, true, {}];
    for (const answer of answers) {
      const verify = (): never => answer as never;
      expect(strictVerifier({ verify })(key.blob)).toBe(false);
    }
    const throws = (): never => {
      throw new Error('no');
    };
    expect(strictVerifier({ verify: throws })(key.blob)).toBe(false);
    expect(strictVerifier({ verify: () => null })(key.blob)).toBe(true);
  });
});

describe('algorithms', () => {
  const base = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'];
  const rsaOnes = ['rsa-sha2-512', 'rsa-sha2-256'];

  test('begin with the types that are known for the host', async () => {
    expect((await check('', 'strict')).algorithms).toEqual([...base, ...rsaOnes]);
    expect((await check(`web1 ${rsa.text}\n`, 'strict')).algorithms).toEqual([...rsaOnes, ...base]);
    const both = await check(`web1 ${rsa.text}\nweb1 ${key.text}\n`, 'strict');
    expect(both.algorithms).toEqual(['ssh-ed25519', ...rsaOnes, ...base.slice(1)]);
  });

  test('come from the name alone where the port has no line, and not from a revoked key', async () => {
    const bare = await check(`web1 ${rsa.text}\n`, 'strict', 2200);
    expect(bare.algorithms.slice(0, 2)).toEqual(rsaOnes);
    const revoked = await check(`web1 ${rsa.text}\n@revoked web1 ${rsa.text}\n`, 'strict');
    expect(revoked.algorithms[0]).toBe('ssh-ed25519');
  });
});

test('messages stay within 200 characters and keep the fingerprint, whatever the names', async () => {
  const long = join(folder, 'a'.repeat(200));
  writeFileSync(long, `*.${'x'.repeat(60)} ${other.text}\n@revoked *.y ${key.text}\n`);
  const known = await loadKnownHosts([long]);
  for (const host of [
    `${'h'.repeat(190)}.${'x'.repeat(60)}`,
    `${'h'.repeat(250)}.y`,
    'z'.repeat(255),
  ]) {
    for (const port of [22, 65_535]) {
      const failure = checkWith(known, 'strict', host, port).verify(key.blob);
      expect(failure?.message.length).toBeLessThanOrEqual(200);
      expect(failure?.message).toContain(fingerprint(key.blob));
    }
  }
});

function failureOf(result: PromiseSettledResult<unknown> | undefined): Failure | null {
  if (result?.status !== 'rejected') return null;
  return result.reason instanceof FailureError ? result.reason.failure : null;
}
