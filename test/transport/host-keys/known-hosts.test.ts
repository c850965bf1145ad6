import { createHmac } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConfigError } from '../../../src/model/errors.ts';
import {
  knownHostsName,
  loadKnownHosts,
  type HostEntries,
} from '../../../src/transport/host-keys/known-hosts.ts';
import { temporaryFolder } from '../../setup/run-folder.ts';
import { newHostKey, type PublicKey } from './keys.ts';
import { findWithSshKeygen, hashWithSshKeygen } from './ssh-keygen.ts';

let folder = '';
let ed25519: PublicKey;
let rsa: PublicKey;
let ecdsa: PublicKey;

beforeAll(() => {
  folder = temporaryFolder('known-hosts');
  ed25519 = newHostKey('ed25519');
  rsa = newHostKey('rsa');
  ecdsa = newHostKey('ecdsa');
});

afterAll(() => rmSync(folder, { recursive: true }));

function file(content: string | Buffer, name = 'known_hosts'): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function about(content: string | Buffer, host: string, port = 22): Promise<HostEntries> {
  return (await loadKnownHosts([file(content)])).about(host, port);
}

async function lines(content: string | Buffer, host: string, port = 22): Promise<unknown> {
  return (await about(content, host, port)).keys.map((key) => key.line);
}

describe('names', () => {
  test('a plain name, also in a list, matches without regard to case', async () => {
    expect(await lines(`Web1,web2,10.0.0.1 ${rsa.text}\n`, 'wEB2')).toEqual([1]);
    expect(await lines(`web1,web2 ${rsa.text}\n`, 'web')).toEqual([]);
    const many = Array.from({ length: 300 }, (_, index) => `Rack${index}`).join(',');
    expect(await lines(`${many} ${rsa.text}\n`, 'rack299')).toEqual([1]);
    expect(await lines(`${many} ${rsa.text}\n`, 'rack300')).toEqual([]);
  });

  test('* and ? match as patterns, and a negated match rules the line out', async () => {
    const text = `*.example.com,!db*.example.com ${rsa.text}\nweb?.example.com ${ed25519.text}\n`;
    expect(await lines(text, 'web1.example.com')).toEqual([1, 2]);
    expect(await lines(text, 'db1.example.com')).toEqual([]);
    expect(await lines(`!db1,* ${rsa.text}\n`, 'db1')).toEqual([]);
    expect(await lines(`!db1 ${rsa.text}\n`, 'web1')).toEqual([]);
  });

  test('a port other than 22 is looked up as [name]:port', async () => {
    const text = `[web1]:2200 ${rsa.text}\nweb1 ${ed25519.text}\n`;
    expect(await lines(text, 'web1', 2200)).toEqual([1]);
    expect(await lines(text, 'web1', 22)).toEqual([2]);
    expect(await lines(text, 'web1', 2201)).toEqual([]);
    expect(await lines(`[*]:2200 ${rsa.text}\n`, 'web1', 2200)).toEqual([1]);
  });

  test('names hashed by ssh-keygen match, with and without a port', async () => {
    const path = file(`web1 ${rsa.text}\n[web1]:2200 ${ed25519.text}\nweb2 ${ecdsa.text}\n`);
    hashWithSshKeygen(path);
    const known = await loadKnownHosts([path]);
    const linesOf = (host: string, port: number): unknown =>
      known.about(host, port).keys.map((key) => key.line);
    expect(linesOf('web1', 22)).toEqual([1]);
    expect(linesOf('WEB1', 2200)).toEqual([2]);
    expect(linesOf('web2', 22)).toEqual([3]);
    expect(linesOf('web3', 22)).toEqual([]);
    rmSync(`${path}.old`);
  });

  test('a name too long for one SHA-1 block is found by its hash too', async () => {
    const name = `${'a-rather-long-label.'.repeat(5)}example.com`;
    const path = file(`${name} ${rsa.text}\n`);
    hashWithSshKeygen(path);
    expect((await loadKnownHosts([path])).about(name, 22).keys).toHaveLength(1);
    rmSync(`${path}.old`);
  });

  test('an item that is too long for OpenSSH makes its whole list match nothing', async () => {
    for (const length of [1021, 1022, 1023, 1024]) {
      const path = file(`web1,${'x'.repeat(length)} ${rsa.text}\n`);
      const found = (await loadKnownHosts([path]))
        .about('web1', 22)
        .keys.map((key) => `${key.line}`);
      expect(found).toEqual(findWithSshKeygen(path, 'web1'));
    }
  });

  test('a pattern of many stars does not take long', async () => {
    const text = `${'*a'.repeat(400)}*b ${rsa.text}\n`;
    expect(await lines(text, 'a'.repeat(250))).toEqual([]);
  });
});

describe('lines', () => {
  test('comments, empty lines and broken lines are passed over, and counted', async () => {
    const text = [
      '# a comment',
      '',
      'web1',
      'web1 ssh-ed25519',
      'web1 ssh-ed25519 AAAA*',
      `web1 ssh-rsa ${ed25519.text.split(' ')[1]}`,
      `web1 ${ed25519.text.slice(0, -8)}`,
      `@unknown web1 ${ed25519.text}`,
      `@revoked @revoked web1 ${ed25519.text}`,
      `|1|AAAA|BBBB ${ed25519.text}`,
      `\t web1 \t ${ed25519.text}   a comment\r`,
    ].join('\n');
    expect(await lines(text, 'web1')).toEqual([11]);
  });

  test('bytes that are no UTF-8 and a NUL disturb nothing', async () => {
    const text = Buffer.concat([
      Buffer.from([0xff, 0xfe, 0x20, 0x0a, 0x77, 0x00, 0x0a]),
      Buffer.from(`web1 ${ed25519.text}\n`),
    ]);
    expect(await lines(text, 'web1')).toEqual([3]);
  });

  test('revoked keys are kept apart, and a certificate authority makes no plain key known', async () => {
    const text = `@revoked * ${rsa.text}\n@cert-authority * ${ed25519.text}\nweb1 ${ecdsa.text}\n`;
    const entries = await about(text, 'web1');
    expect(entries.keys.map((key) => key.line)).toEqual([3]);
    expect(entries.revoked.map((key) => key.line)).toEqual([1]);
  });

  test('a key revoked for the name is revoked on every port', async () => {
    const text = `@revoked web1 ${rsa.text}\n[web1]:2200 ${ed25519.text}\n`;
    expect((await about(text, 'web1', 2200)).revoked.map((key) => key.line)).toEqual([1]);
  });
});

describe('files', () => {
  test('are read in order, a missing one knows no host', async () => {
    const first = file(`web1 ${rsa.text}\n`, 'first');
    const second = file(`web1 ${ed25519.text}\n`, 'second');
    const known = await loadKnownHosts([first, join(folder, 'missing'), second]);
    expect(known.about('web1', 22).keys).toMatchObject([
      { file: first, line: 1, type: 'ssh-rsa' },
      { file: second, line: 1, type: 'ssh-ed25519' },
    ]);
  });

  test('one that cannot be read is an error that names it', async () => {
    const path = join(folder, 'directory');
    mkdirSync(path);
    await expect(loadKnownHosts([path])).rejects.toThrow(ConfigError);
    await expect(loadKnownHosts([path])).rejects.toThrow(`${path}: EISDIR`);
  });

  test('a key learnt in this run counts from then on', async () => {
    const known = await loadKnownHosts([]);
    expect(known.about('web1', 2200).keys).toEqual([]);
    const key = { file: 'f', line: null, type: 'ssh-ed25519', blob: ed25519.blob };
    known.learn('WEB1', 2200, key);
    expect(known.about('web1', 2200).keys).toEqual([key]);
    expect(known.about('web1', 22).keys).toEqual([]);
  });

  test('50,000 lines load and 100 hosts are looked up in them within 2 s of CPU, hashed names too', async () => {
    const salts = Array.from({ length: 25_000 }, (_, n) => {
      const bytes = Buffer.alloc(20, n % 251);
      bytes.writeUInt32BE(n);
      return bytes.toString('base64');
    });
    const hashed = salts.map((salt) => `|1|${salt}|${salt} ${ed25519.text}\n`);
    const plain = salts.map((_, n) => `h${n},10.0.${n >> 8}.${n & 255} ${ed25519.text}\n`);
    const path = file([...hashed, ...plain].join(''), 'large');
    const before = process.cpuUsage();
    const known = await loadKnownHosts([path]);
    for (let n = 0; n < 100; n += 1) expect(known.about(`h${n}`, 22).keys).toHaveLength(1);
    const { user, system } = process.cpuUsage(before);
    // On a machine that is too slow for that at the moment: half of what Node's own digests of the names would take.
    expect((user + system) / 1e6).toBeLessThan(Math.max(2, (100 * 25_000 * ownDigest()) / 2));
  });
});

/** Seconds of a processor for one HMAC of Node's. */
function ownDigest(): number {
  const salt = Buffer.alloc(20, 7);
  const before = process.cpuUsage();
  for (let n = 0; n < 50_000; n += 1) createHmac('sha1', salt).update(`h${n}`).digest();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6 / 50_000;
}

describe('against ssh-keygen -F', () => {
  const host = fc.constantFrom('web1', 'web2', 'db1.example.com', '10.0.0.1', '::1');
  const port = fc.constantFrom(22, 22, 2200);
  const plainName = fc
    .tuple(host, port)
    .map(([name, number]) => (number === 22 ? name : `[${name}]:${number}`));
  const item = fc.oneof(
    { weight: 4, arbitrary: plainName },
    { weight: 1, arbitrary: plainName.map((name) => name.toUpperCase()) },
    fc.constantFrom('*', 'web?', '!web1', '*.example.com', '!*', '[*]:2200', '', '?e*1', '!'),
    fc.string({ unit: fc.constantFrom('w', 'e', 'b', '1', '*', '?', '!', ','), maxLength: 6 }),
  );
  const names = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.array(item, { minLength: 1, maxLength: 3 }).map((all) => all.join(',')),
    },
    { weight: 1, arbitrary: fc.constantFrom('|1|x|y', '|', '@', '#x', '|1||') },
  );
  const marker = fc.constantFrom('', '', '', '', '@revoked ', '@cert-authority ', '@other ', '@');
  const blank = fc.constantFrom(' ', '  ', '\t');
  const key = fc.constantFrom('ed25519', 'rsa', 'ecdsa', 'broken', 'mistyped', 'none');
  const end = fc.constantFrom('', ' a comment', '\r', ' #');
  const line = fc.tuple(marker, names, blank, key, end);

  function render(parts: readonly [string, string, string, string, string]): string {
    const [mark, list, gap, kind, tail] = parts;
    const text = {
      ed25519: ed25519.text,
      rsa: rsa.text,
      ecdsa: ecdsa.text,
      broken: ed25519.text.replace('AAAAC3', 'AAAAC3='),
      mistyped: `ssh-rsa ${ed25519.text.split(' ')[1]}`,
      none: '',
    }[kind];
    return `${mark}${list}${gap}${text}${tail}`;
  }

  test('every line that ssh would use for a host is found, and no other', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 8 }),
        fc.boolean(),
        host,
        port,
        async (parts, hash, name, number) => {
          const path = file(parts.map((one) => `${render(one)}\n`).join(''), 'property');
          if (hash) hashPlainLines(path, parts);
          const known = await loadKnownHosts([path]);
          const { keys, revoked } = known.about(name, number);
          const bare = new Set(known.about(name, 22).revoked.map((found) => found.line));
          const expected = findWithSshKeygen(path, knownHostsName(name, number));
          const found = [
            ...keys.map((one) => `${one.line}`),
            // Those of the name without the port are ours alone.
            ...revoked
              .filter(
                (one) =>
                  number === 22 || !bare.has(one.line) || expected.includes(`${one.line} REVOKED`),
              )
              .map((one) => `${one.line} REVOKED`),
          ];
          const wanted = expected.filter((one) => !one.endsWith(' CA'));
          expect(found.toSorted()).toEqual(wanted.toSorted());
        },
      ),
      { numRuns: 150 },
    );
  }, 60_000);

  /** ssh-keygen -H refuses a file with a line it cannot read, so it gets the plain ones only. */
  function hashPlainLines(
    path: string,
    parts: readonly (readonly [string, string, string, string, string])[],
  ): void {
    const readable = parts.filter(
      ([mark, list, , kind]) =>
        mark === '' &&
        /^[\w.:[\],]+$/u.test(list) &&
        !['broken', 'mistyped', 'none'].includes(kind),
    );
    writeFileSync(path, readable.map((one) => `${render(one)}\n`).join(''));
    if (readable.length === 0) return;
    hashWithSshKeygen(path);
    rmSync(`${path}.old`, { force: true });
  }
});
