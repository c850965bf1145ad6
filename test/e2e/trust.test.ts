import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { KEY_TYPES } from '../fleet/keys.ts';
import { dnsServer } from '../fixtures/dns-server.ts';
import { startFleet, type Fleet } from '../fleet/sshd.ts';
import { eventually } from '../helpers/eventually.ts';
import { runMuster, said, startMuster, type MusterResult } from '../helpers/run-muster.ts';
import { temporaryFolder } from '../setup/run-folder.ts';
import { newHostKey } from '../transport/host-keys/keys.ts';
import { findWithSshKeygen, hashWithSshKeygen } from '../transport/host-keys/ssh-keygen.ts';

let fleet: Fleet;
let hosts: readonly string[];
let down: string;
let all: string;
beforeAll(async () => {
  fleet = await startFleet({ hosts: 3 });
  hosts = fleet.addresses(3);
  [down = ''] = [fleet.spare().address];
  all = hosts.join(',');
});
afterAll(() => fleet.stop());

describe('trust', () => {
  test('--yes adds the keys of all hosts, and ssh itself logs in with them; then all are known', async () => {
    const file = knownHosts(null);
    const result = await trust(file, '-w', all, '--yes');
    expect(result.code, said(result)).toBe(0);
    for (const type of KEY_TYPES) expect(result.text).toContain(fleet.hostKeyFingerprint(type));
    expect(result.text).toMatch(new RegExp(`^ED25519 +SHA256:\\S+ +new +127\\.`, 'mu'));
    expect(result.errorText).toMatch(/added 9 keys of 3 hosts/u);
    expect(result.errorText).toMatch(/one ED25519, ECDSA, RSA key for all of them/u);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    for (const host of hosts) {
      expect(findWithSshKeygen(file, `[${host}]:${fleet.port}`)).toHaveLength(3);
      expect(ssh(host, file)).toBe(0);
    }
    const again = await trust(file, '-w', all, '--check');
    expect(again.code, said(again)).toBe(0);
  });

  test("makes the user's own file and its folder where there is none, and nobody else may read them", async () => {
    const [first = ''] = hosts;
    const home = temporary('home');
    const args = ['trust', `--port=${fleet.port}`, '-w', first, '--yes'];
    const result = await runMuster(args, { env: { HOME: home } });
    expect(result.code, said(result)).toBe(0);
    expect(result.errorText).toContain('added 3 keys of 1 host to ~/.ssh/known_hosts');
    const file = join(home, '.ssh', 'known_hosts');
    expect(findWithSshKeygen(file, name(first))).toHaveLength(3);
    expect([join(home, '.ssh'), file].map((path) => statSync(path).mode & 0o777)).toEqual([
      0o700, 0o600,
    ]);
  });

  test('without --yes and without a terminal writes nothing, and says so: exit 1', async () => {
    const file = knownHosts(null);
    const result = await trust(file, '-w', all);
    expect(result.code, said(result)).toBe(1);
    expect(result.errorText).toMatch(/nothing was written.*--yes/u);
    expect(existsSync(file)).toBe(false);
  });

  test('--check exits 1 for a key that is not known, 4 for a host that is not reached', async () => {
    const [first = '', second = ''] = hosts;
    const file = knownHosts([first]);
    expect((await trust(file, '-w', first, '--check')).code).toBe(0);
    expect((await trust(file, '-w', `${first},${down}`, '--check')).code).toBe(4);
    expect((await trust(file, '-w', `${first},${second},${down}`, '--check')).code).toBe(1);
    expect((await trust(file, '-w', first, '--check', '--yes')).code).toBe(2);
  });

  test('a changed key is shown beside the old one, and --yes leaves it as it is', async () => {
    const [first = '', second = ''] = hosts;
    const old = newHostKey('ed25519');
    const file = knownHosts([], `${name(first)} ${old.text}\n`);
    const before = readFileSync(file);
    const result = await trust(file, '-w', `${first},${second}`, '--yes');
    expect(result.code, said(result)).toBe(1);
    expect(result.errorText).toMatch(
      new RegExp(`${first}: its ED25519 key has changed: .*:1 has SHA256:`, 'u'),
    );
    expect(readFileSync(file).subarray(0, before.length).equals(before)).toBe(true);
    expect(findWithSshKeygen(file, name(first))).toEqual(['1']);
    expect(findWithSshKeygen(file, name(second))).toHaveLength(3);
  });

  test('writes hashed names where the file has them', async () => {
    const [first = '', second = ''] = hosts;
    const file = knownHosts([first]);
    hashWithSshKeygen(file);
    rmSync(`${file}.old`);
    expect((await trust(file, '-w', all, '--yes')).code).toBe(0);
    expect(readFileSync(file, 'utf8')).not.toContain(second);
    expect(ssh(second, file)).toBe(0);
  });

  test('asks hosts behind a jump host through it, whose own key has to be known', async () => {
    const [gate = '', behind = ''] = hosts;
    const file = knownHosts([gate]);
    const config = join(temporary('config'), 'config');
    writeFileSync(config, `Host *\nIdentityFile ${fleet.userKey}\n`);
    const jump = ['-F', config, '-J', `${fleet.user}@${gate}:${fleet.port}`];
    const result = await trust(file, '-w', behind, ...jump, '--yes');
    expect(result.code, said(result)).toBe(0);
    expect(findWithSshKeygen(file, name(behind))).toHaveLength(3);
    const unknown = await trust(knownHosts(null), '-w', behind, ...jump, '--yes');
    expect(unknown.code, said(unknown)).toBe(4);
    expect(unknown.errorText).toMatch(/host key of \[127\..* is not known/u);
  });

  test('run twice at once on the same hosts adds every key once', async () => {
    const file = knownHosts(null);
    const ends = await Promise.all([1, 2].map(() => trust(file, '-w', all, '--yes')));
    expect(ends.map(({ code }) => code)).toEqual([0, 0]);
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(9);
    expect(new Set(lines).size).toBe(9);
  });

  test('-O json is one document: each host with its keys, and what was written', async () => {
    const [first = ''] = hosts;
    const file = knownHosts(null);
    const result = await trust(file, '-w', `${first},${down}`, '--yes', '-O', 'json');
    expect(result.code, said(result)).toBe(4);
    expect(result.job().children).toMatchObject([
      {
        host: first,
        state: 'Completed',
        trust: {
          name: name(first),
          file,
          keys: KEY_TYPES.map((type) => ({
            key: fleet.hostKey(type).split(' ')[1],
            fingerprint: fleet.hostKeyFingerprint(type),
            known: 'new',
            written: true,
          })),
        },
      },
      { host: down, state: 'Failed', trust: null },
    ]);
    expect(JSON.parse(result.text)).toMatchObject({
      written: KEY_TYPES.map(() => ({ host: first, file, replaced: false })),
    });
  });
});

describe('trust with a list of expected keys', () => {
  test('adds those that are as expected, and no others; --check holds hosts against it alone', async () => {
    const [first = '', second = '', third = ''] = hosts;
    const file = knownHosts(null);
    const list = expected([
      `${first} ${fleet.hostKeyFingerprint('ed25519')}`,
      `${name(second)} ${fleet.hostKey('rsa')}`,
      `${third} ${newHostKey('ed25519').text}`,
    ]);
    const result = await trust(file, '-w', all, '--expect', list, '--yes');
    expect(result.code, said(result)).toBe(1);
    expect(result.errorText).toMatch(
      new RegExp(`${third}: its ED25519 key is not the one that is expected`, 'u'),
    );
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(lines).toEqual([
      `${name(first)} ${fleet.hostKey('ed25519')}`,
      `${name(second)} ${fleet.hostKey('rsa')}`,
    ]);
    const args = ['--expect', list, '--check'];
    const nobody = knownHosts(null);
    expect((await trust(nobody, '-w', `${first},${second}`, ...args)).code).toBe(0);
    expect((await trust(nobody, '-w', `${first},${third}`, ...args)).code).toBe(1);
  });

  test('that cannot be read touches no host: exit 2', async () => {
    const before = await fleet.log();
    const result = await trust(knownHosts(null), '-w', all, '--expect', expected(['web1 what?']));
    expect(result.code, said(result)).toBe(2);
    expect(result.errorText).toMatch(/expected:1: is no host with its key/u);
    // Neither does a known_hosts file that cannot be.
    const unreadable = await trust(temporary('folder'), '-w', all, '--yes');
    expect(unreadable.code, said(unreadable)).toBe(2);
    expect(await fleet.log()).toBe(before);
  });
});

describe('trust with SSHFP records', () => {
  test('tells those that name the key, and which of them are proven; a key they do not name is not added', async () => {
    const [first = '', second = '', third = ''] = hosts;
    const records = sshfp(fleet.userKey.replace(/user$/u, 'host_ed25519'));
    const server = await dnsServer({
      'web1.example': { records, authentic: true },
      'web2.example': { records },
      'web3.example': { records: [`SSHFP 4 2 ${'00'.repeat(32)}`], authentic: true },
    });
    onTestFinished(() => server.stop());
    const file = knownHosts(null);
    const addresses = { web1: first, web2: second, web3: third };
    const args = ['-i', inventory(addresses), '-a', '--dns-server', `127.0.0.1:${server.port}`];
    const result = await trust(file, ...args, '--yes', '-O', 'json');
    expect(result.code, said(result)).toBe(1);
    const verdicts = (['match', 'match', 'mismatch'] as const).map((dns, index) => ({
      trust: {
        keys: [
          { dns, proven: index !== 1, written: dns === 'match' },
          { dns: 'none', written: true },
          { dns: 'none', written: true },
        ],
      },
    }));
    expect(result.job().children).toMatchObject(verdicts);
    expect(result.errorText).toMatch(
      /web3.example: its ED25519 key is not the one that DNS names/u,
    );
    expect(readFileSync(file, 'utf8')).not.toContain(`${name(third)} ${fleet.hostKey('ed25519')}`);
    expect(server.asked.toSorted()).toEqual([
      'udp web1.example',
      'udp web2.example',
      'udp web3.example',
    ]);
    const again = await trust(file, ...args, '--check');
    expect(again.text).toMatch(/^ED25519 .* known +proven +web1.example$/mu);
    expect(again.text).toMatch(/^ED25519 .* known +match +web2.example$/mu);
    expect(again.text).toMatch(/^ED25519 .* mismatch +web3.example$/mu);
  });

  test('that cannot be had keep nothing from being compared', async () => {
    const [first = ''] = hosts;
    const server = await dnsServer({});
    await server.stop();
    const args = [
      '-i',
      inventory({ web1: first }),
      '-a',
      '--dns-server',
      `127.0.0.1:${server.port}`,
    ];
    const result = await trust(knownHosts([first]), ...args, '--check');
    expect(result.code, said(result)).toBe(0);
    expect(result.errorText).toMatch(/web1.example: its SSHFP records: no contact .*ECONNREFUSED/u);
  });
});

describe('trust at a terminal', () => {
  test('asks once, and adds all that are new', async () => {
    const file = knownHosts(null);
    const { code, text } = await typing(file, all, [['[y/N/e: each]', 'y']]);
    expect(code, text).toBe(0);
    expect(text).toContain('Add 9 keys of 3 hosts to ');
    expect(readFileSync(file, 'utf8').trimEnd().split('\n')).toHaveLength(9);
  });

  test('adds nothing for any other answer: exit 1', async () => {
    const file = knownHosts(null);
    const { code, text } = await typing(file, all, [['[y/N/e: each]', '']]);
    expect(code, text).toBe(1);
    expect(existsSync(file)).toBe(false);
  });

  test('asks for each key by itself, in 80 columns', async () => {
    const [first = '', second = ''] = hosts;
    const file = knownHosts(null);
    const { code, text } = await typing(file, `${first},${second}`, [
      ['[y/N/e: each]', 'e'],
      ['Add it? [y/N]', 'n'],
      ['Add it? [y/N]', 'y'],
      ['Add it? [y/N]', 'n'],
    ]);
    expect(code, text).toBe(1);
    expect(readFileSync(file, 'utf8')).toBe(
      [first, second].map((host) => `${name(host)} ${fleet.hostKey('ecdsa')}\n`).join(''),
    );
    // A line that tells how far it is stands there until the table comes.
    const lines = text.slice(0, text.indexOf('muster:')).split('\r\n');
    const table = lines.map((line) => line.replace(/^.*\u001B\[\d*[GK]/u, ''));
    expect(table.length).toBeGreaterThan(3);
    expect(Math.max(...table.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test("replaces a changed key where its host's name is typed, and only there", async () => {
    const [first = '', second = ''] = hosts;
    const old = newHostKey('ed25519').text;
    const file = knownHosts([], `${name(first)},${name(second)} ${old}\n`);
    const { code, text } = await typing(file, `${first},${second}`, [
      ["the host's name", first],
      ["the host's name", 'y'],
    ]);
    expect(code, text).toBe(1);
    expect(text).toContain(`changed: ${second}`);
    const [left, ...added] = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(left).toBe(`${name(second)} ${old}`);
    expect(added).toEqual(KEY_TYPES.map((type) => `${name(first)} ${fleet.hostKey(type)}`));
    expect(ssh(first, file)).toBe(0);
    expect(ssh(second, file)).not.toBe(0);
  });

  test('writes nothing once Ctrl-C is typed: exit 130', async () => {
    const file = knownHosts(null);
    const { code, text } = await typing(file, all, [['[y/N/e: each]', '\u0003']]);
    expect(code, text).toBe(130);
    expect(existsSync(file)).toBe(false);
  });
});

/** At a terminal of 80 columns, whoever sits there types an answer whenever the text comes (again). */
async function typing(
  file: string,
  expr: string,
  answers: readonly (readonly [text: string, answer: string])[],
): Promise<MusterResult> {
  const muster = startMuster(argsFor(file, '-w', expr), { terminal: { columns: 80 } });
  const seen = new Map<string, number>();
  for (const [text, answer] of answers) {
    const times = (seen.get(text) ?? 0) + 1;
    seen.set(text, times);
    // What is typed is shown by writing the question once more.
    const isAsked = (): boolean =>
      muster
        .soFar()
        .replaceAll(/\r\u001B\[K[^\n]*/gu, '')
        .split(text).length > times;
    await eventually(isAsked, { what: `question ${text}`, deadlineMs: 15_000 });
    muster.write(answer === '\u0003' ? answer : `${answer}\r`);
  }
  return muster.ended;
}

/** The records that ssh-keygen would have put into DNS for a key, without their names. */
function sshfp(key: string): readonly string[] {
  const { stdout } = spawnSync('ssh-keygen', ['-r', 'host', '-f', `${key}.pub`], {
    encoding: 'utf8',
  });
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.replace('host IN ', ''));
}

/** An inventory in which hosts have names in DNS. */
function inventory(addresses: Readonly<Record<string, string>>): string {
  const file = join(temporary('inventory'), 'hosts.yaml');
  const lines = Object.entries(addresses).map(
    ([host, address]) => `  ${host}.example: { address: ${address} }\n`,
  );
  writeFileSync(file, `hosts:\n${lines.join('')}`);
  return file;
}

/** A folder that is removed when the test is over. */
function temporary(purpose: string): string {
  const folder = temporaryFolder(purpose);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function expected(lines: readonly string[]): string {
  const file = join(temporary('expected'), 'expected');
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
  return file;
}

/** A known_hosts file with the fleet's keys of some of its hosts; null: there is none. */
function knownHosts(known: readonly string[] | null, more = ''): string {
  const file = join(temporary('trust'), 'known_hosts');
  if (known === null) return file;
  const lines = known.flatMap((host) =>
    KEY_TYPES.map((type) => `${name(host)} ${fleet.hostKey(type)}\n`),
  );
  writeFileSync(file, lines.join('') + more);
  return file;
}

function name(host: string): string {
  return `[${host}]:${fleet.port}`;
}

function trust(file: string, ...args: readonly string[]): Promise<MusterResult> {
  return runMuster(argsFor(file, ...args), { through: ['setsid', '--wait'] });
}

function argsFor(file: string, ...args: readonly string[]): readonly string[] {
  return ['trust', `--port=${fleet.port}`, `--known-hosts=${file}`, ...args];
}

/** The exit status of a login of ssh's own, which takes no host key that is not in the file. */
function ssh(host: string, file: string): number | null {
  const options = ['-F', 'none', '-o', 'StrictHostKeyChecking=yes', '-o', 'BatchMode=yes'];
  const files = ['-o', `UserKnownHostsFile=${file}`, '-o', 'GlobalKnownHostsFile=/dev/null'];
  const login = ['-i', fleet.userKey, '-p', String(fleet.port), '-l', fleet.user, host, 'true'];
  return spawnSync('ssh', [...options, ...files, ...login], { encoding: 'utf8' }).status;
}
