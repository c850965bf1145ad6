import {
  chmodSync,
  chownSync,
  existsSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import {
  changeKnownHosts,
  type KeyChange,
} from '../../../src/transport/host-keys/change-known-hosts.ts';
import { appendKnownHost } from '../../../src/transport/host-keys/known-hosts-writer.ts';
import { keyType } from '../../../src/transport/host-keys/key-blob.ts';
import { testFolder } from '../connect/reach.ts';
import { newHostKey, type PublicKey } from './keys.ts';
import { findWithSshKeygen, hashWithSshKeygen } from './ssh-keygen.ts';

const ED = [newHostKey('ed25519'), newHostKey('ed25519'), newHostKey('ed25519')] as const;
const EC = newHostKey('ecdsa');
const ED_TYPE = ['ssh-ed25519'];

function change(host: string, key: PublicKey, more: Partial<KeyChange> = {}): KeyChange {
  return { host, port: 22, type: keyType(key.blob) ?? '', blob: key.blob, replaces: [], ...more };
}

function file(lines: readonly string[] | string = []): string {
  const path = join(testFolder(), 'known_hosts');
  writeFileSync(
    path,
    typeof lines === 'string' ? lines : lines.map((line) => `${line}\n`).join(''),
  );
  return path;
}

const write = (path: string, ...changes: KeyChange[]): ReturnType<typeof changeKnownHosts> =>
  changeKnownHosts(path, changes, systemClock);

describe('known_hosts', () => {
  test('gets a line for each key, as ssh-keygen finds it, in a file and folder of our own', async () => {
    const path = join(testFolder(), 'home', '.ssh', 'known_hosts');
    const done = await write(
      path,
      change('Web1', ED[0]),
      change('web1', EC),
      change('web2', ED[0], { port: 2200 }),
    );
    expect(done.map(({ outcome }) => outcome)).toEqual(['written', 'written', 'written']);
    expect(readFileSync(path, 'utf8')).toBe(
      `web1 ${ED[0].text}\nweb1 ${EC.text}\n[web2]:2200 ${ED[0].text}\n`,
    );
    expect(findWithSshKeygen(path, '[web2]:2200')).toEqual(['3']);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
  });

  test('gets no line twice, and ours does not continue one that has no end', async () => {
    const path = file(`web1 ${ED[0].text}\nweb2 ${ED[0].text}`);
    const done = await write(
      path,
      change('web1', ED[0]),
      change('web3', ED[0]),
      change('web3', ED[0]),
    );
    expect(done.map(({ outcome }) => outcome)).toEqual(['there', 'written', 'there']);
    expect(readFileSync(path, 'utf8')).toBe(
      `web1 ${ED[0].text}\nweb2 ${ED[0].text}\nweb3 ${ED[0].text}\n`,
    );
  });

  test('is written with hashed names where it has some, each host on a line of its own', async () => {
    const path = file([`web1 ${ED[0].text}`]);
    hashWithSshKeygen(path);
    await write(path, change('web2', ED[1]), change('web3', ED[1], { port: 2200 }));
    expect(readFileSync(path, 'utf8')).not.toMatch(/web/u);
    expect(findWithSshKeygen(path, 'web2')).toEqual(['2']);
    expect(findWithSshKeygen(path, '[web3]:2200')).toEqual(['3']);
    expect(findWithSshKeygen(path, 'web1')).toEqual(['1']);
  });

  test('takes no second key of a type for a host, no revoked one, and no name that would mean more', async () => {
    const path = file([`web1 ${ED[0].text}`, `@revoked * ${ED[1].text}`]);
    const before = readFileSync(path);
    const done = await write(
      path,
      change('web1', ED[2]),
      change('web2', ED[1]),
      change('web*', ED[0]),
    );
    expect(done.map(({ outcome }) => outcome)).toEqual(['refused', 'refused', 'refused']);
    expect(done[0]?.note).toMatch(/another ssh-ed25519 key/u);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test('has a key replaced for one host and type only: what is said of others stays, byte for byte', async () => {
    const kept = [
      '# a comment, in Latin-1: caf\u00E9',
      `web1 ${EC.text}`,
      `*.example.com ${ED[0].text}`,
      `@revoked web1 ${ED[2].text}`,
      'a broken line',
    ];
    const path = file('');
    writeFileSync(
      path,
      [
        kept[0],
        `web1,Web2,10.0.0.1 ${ED[0].text} old`,
        ...kept.slice(1),
        `web1 ${ED[0].text}`,
        '',
      ].join('\n'),
      'latin1',
    );
    chmodSync(path, 0o644);
    const [done] = await write(path, change('web1', ED[1], { replaces: ED_TYPE }));
    expect(done).toEqual({ outcome: 'written', note: null });
    expect(readFileSync(path, 'latin1')).toBe(
      [kept[0], `Web2,10.0.0.1 ${ED[0].text} old`, ...kept.slice(1), `web1 ${ED[1].text}`, ''].join(
        '\n',
      ),
    );
    expect(statSync(path).mode & 0o777).toBe(0o644);
    expect(readdirSync(join(path, '..'))).toEqual(['known_hosts']);
  });

  test('has a hashed key replaced too, keeps the owner, and stays behind its link', async () => {
    const path = file([`web1 ${ED[0].text}`, `web2 ${ED[0].text}`]);
    hashWithSshKeygen(path);
    if (process.getuid?.() === 0) chownSync(path, 65_534, 65_534);
    const owner = statSync(path).uid;
    const link = join(testFolder(), 'link');
    symlinkSync(path, link);
    await write(link, change('web1', ED[1], { replaces: ED_TYPE }));
    expect(findWithSshKeygen(path, 'web1')).toEqual(['2']);
    expect(findWithSshKeygen(path, 'web2')).toEqual(['1']);
    expect(readFileSync(path, 'utf8').split('\n')[1]).toContain(ED[1].text);
    expect(statSync(path).uid).toBe(owner);
    expect(existsSync(link)).toBe(true);
  });

  test('loses no line to writers at the same time, whether they add or replace, and has none twice', async () => {
    const path = file([`web0 ${ED[0].text}`]);
    const hosts = Array.from({ length: 40 }, (_, index) => `web${index}`);
    const twice = hosts.flatMap((host, index) =>
      [1, 2].map(() =>
        write(path, change(host, ED[1], { replaces: index % 4 === 0 ? ED_TYPE : [] })),
      ),
    );
    const outcomes = (await Promise.all(twice)).flat().map(({ outcome }) => outcome);
    expect(outcomes.filter((outcome) => outcome === 'there')).toHaveLength(hosts.length);
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    expect(lines.toSorted()).toEqual(hosts.map((host) => `${host} ${ED[1].text}`).toSorted());
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  test('is written although a killed program has left its lock', async () => {
    const path = file();
    writeFileSync(`${path}.lock`, '');
    const past = new Date(Date.now() - 60_000);
    utimesSync(`${path}.lock`, past, past);
    await write(path, change('web1', ED[0]));
    expect(findWithSshKeygen(path, 'web1')).toEqual(['1']);
    expect(readdirSync(join(path, '..'))).toEqual(['known_hosts']);
  });

  test('loses nothing that a run learns of itself while keys are replaced', async () => {
    const path = file([`web0 ${ED[0].text}`]);
    const learnt = Array.from({ length: 30 }, (_, index) => `new${index}`);
    const key = { file: path, line: null, type: 'ssh-ed25519', blob: ED[2].blob };
    await Promise.all([
      ...learnt.map((host) => appendKnownHost(path, host, 22, key)),
      ...[1, 2, 1, 2].map((which) =>
        write(path, change('web0', which === 1 ? ED[1] : ED[0], { replaces: ED_TYPE })),
      ),
    ]);
    const hosts = readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' ', 1).join(''));
    expect(hosts.toSorted()).toEqual([...learnt, 'web0'].toSorted());
  });

  test('where no folder can be made is an error, and no wait without end', async () => {
    const nowhere = '/proc/none/of/it/known_hosts';
    await expect(write(nowhere, change('web1', ED[0]))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('that is no file is written to without a lock beside it', async () => {
    await write('/dev/null', change('web1', ED[0]));
    expect(existsSync('/dev/null.lock')).toBe(false);
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });
});
