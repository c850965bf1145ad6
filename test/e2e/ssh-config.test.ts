import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFleet, type Fleet } from '../fleet/sshd.ts';
import { runMuster, said } from '../helpers/run-muster.ts';
import { temporaryFolder } from '../setup/run-folder.ts';

let fleet: Fleet;
let folder: string;
let file: string;

beforeAll(async () => {
  fleet = await startFleet({
    hosts: 2,
    config: ['AcceptEnv LC_* MINE', 'AllowAgentForwarding yes'],
  });
  folder = temporaryFolder('ssh-config');
  const [one = '', two = ''] = fleet.addresses(2);
  const pipe = write('pipe.cjs', PIPE);
  file = write(
    'config',
    `Host one
  HostName ${one}
Host two
  HostName ${two}
Host far
  HostName ${two}
  ProxyJump one
Host piped
  HostName ${two}
  ProxyCommand ${process.execPath} ${pipe} %h %p 'not $(a) shell'
Host one two far piped
  Port ${fleet.port}
  User ${fleet.user}
  IdentityFile ${fleet.userKey}
  IdentitiesOnly yes
  UserKnownHostsFile ${fleet.knownHosts}
  SetEnv MINE=from-file
  ConnectTimeout 7
  BindInterface eth0
Match exec "true"
  Compression yes
`,
  );
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await fleet.stop();
});

function write(path: string, text: string): string {
  const to = join(folder, path);
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, text, { mode: 0o600 });
  return to;
}

describe('with -F, ssh_config alone is enough to reach a fleet', () => {
  test('by names that only it knows, with its user, port, key, known hosts and variables', async () => {
    const result = await runMuster([
      'run',
      '-F',
      file,
      '-w',
      'one,two',
      '-q',
      '--',
      'echo "$MINE"',
    ]);
    expect(result.code, said(result)).toBe(0);
    expect(result.text.split('\n').sort()).toEqual(['', 'one: from-file', 'two: from-file']);
  });

  test('what it asks for in vain is named once, also with -q', async () => {
    const result = await runMuster(['check', '-F', file, '-w', 'one,two', '--until', 'tcp', '-q']);
    expect(result.code, said(result)).toBe(0);
    expect(result.errorText.match(/BindInterface/gu)).toHaveLength(1);
    expect(result.errorText).toContain(`not honoured of ssh_config: BindInterface (${file}:19)`);
    expect(result.errorText).toContain(`${file}:20: Match exec never matches without --match-exec`);
  });

  test('-o stands before it, and the other options before that', async () => {
    const args = ['run', '-F', file, '-w', 'one', '-q', '-o', 'SetEnv MINE=from-o', '-o', 'Port=1'];
    const refused = await runMuster([...args, '--', 'true']);
    expect(refused.code, said(refused)).toBe(4);
    const result = await runMuster([...args, '-p', String(fleet.port), '--', 'echo "$MINE"']);
    expect(result.code, said(result)).toBe(0);
    expect(result.text).toBe('one: from-o\n');
  });

  test('--known-hosts and --host-keys decide for the whole job', async () => {
    const empty = write('empty', '');
    const args = ['run', '-F', file, '-w', 'one', '-q', '--known-hosts', empty];
    const strict = await runMuster([
      ...args,
      '-o',
      'StrictHostKeyChecking=no',
      '--host-keys',
      'strict',
      '--',
      'true',
    ]);
    expect(strict.code, said(strict)).toBe(4);
    expect(strict.errorText).not.toContain('timed out');
    const off = await runMuster([...args, '-o', 'StrictHostKeyChecking=no', '--', 'true']);
    expect(off.code, said(off)).toBe(0);
  });
});

describe('ways that ssh_config describes', () => {
  test('lead through its jump hosts and its commands', async () => {
    const address = "echo ${SSH_CONNECTION%% *} to $(echo $SSH_CONNECTION | cut -d ' ' -f 3)";
    const result = await runMuster(['run', '-F', file, '-w', 'far,piped', '-q', '--', address]);
    expect(result.code, said(result)).toBe(0);
    const [, two = ''] = fleet.addresses(2);
    const lines = result.text.trim().split('\n').sort();
    expect(lines).toEqual([
      expect.stringMatching(new RegExp(`^far: .* to ${two}$`, 'u')),
      expect.stringMatching(new RegExp(`^piped: .* to ${two}$`, 'u')),
    ]);
  });
});

describe("the user's own file", () => {
  test('is read without being named, and its jump hosts are shown by --dry-run', async () => {
    const home = join(folder, 'home');
    write('home/.ssh/config', 'Host web*\n User www\n Port 2222\n ProxyJump ann@gate:2200,inner\n');
    const args = ['run', '-w', 'web[1-2]', '--dry-run', '-O', 'json', '--', 'id'];
    const result = await runMuster(args, { env: { HOME: home } });
    expect(result.code, said(result)).toBe(0);
    expect(JSON.parse(result.text)).toMatchObject({
      targets: [
        { host: 'web1', user: 'www', port: 2222 },
        { host: 'web2', user: 'www', port: 2222 },
      ],
    });
    expect(result.text).toContain('ann@gate:2200');
    const direct = await runMuster(['run', '-J', 'none', ...args.slice(1)], {
      env: { HOME: home },
    });
    expect(direct.text).not.toContain('gate');
  });

  test.each([
    [
      'an unknown option',
      'Host *\n  ProxyJmp gate\n',
      '~/.ssh/config:2: unknown option "proxyjmp"',
      'did you mean proxyjump?',
    ],
    [
      'a command for a shell',
      'ProxyCommand nc %h %p | tee x\n',
      '~/.ssh/config:1: ProxyCommand needs a shell, for a pipe (|)',
      'script',
    ],
    [
      'a loop of jump hosts',
      'Host a\n ProxyJump b\nHost b\n ProxyJump a\n',
      'jump hosts in a loop: b behind a behind b',
      'ProxyJump none',
    ],
  ])('with %s is an error, and nothing runs', async (_, text, message, hint) => {
    const home = join(folder, 'bad');
    write('bad/.ssh/config', text);
    const result = await runMuster(['run', '-w', 'a', '--', 'true'], { env: { HOME: home } });
    expect(result.code, said(result)).toBe(2);
    expect(result.errorText).toContain(`muster: ${message}\n`);
    expect(result.errorText).toMatch(new RegExp(`^hint: .*${hint.replace('?', '\\?')}`, 'mu'));
    expect(result.text).toBe('');
    const without = await runMuster(['hosts', 'a', '-F', 'none'], { env: { HOME: home } });
    expect(without).toMatchObject({ code: 0, text: 'a\n', errorText: '' });
  });
});

describe('hosts --explain', () => {
  test('tells every setting and where it was said, in 80 columns', async () => {
    const home = join(folder, 'explained');
    write(
      'explained/.ssh/config',
      'Include more\nHost db*\n HostName %h.example.com\n ProxyJump gate\n Ciphers +aes128-cbc\nHost gate\n User ann\n Port 2200\nHost *\n' +
        ' ServerAliveInterval 20\n StrictHostKeyChecking accept-new\n UserKnownHostsFile ~/.ssh/kh ~/.ssh/kh2\n SendEnv MINE\n',
    );
    write('explained/.ssh/more', 'Host db1\n ConnectTimeout 3\n');
    const inventory = write(
      'explained/hosts.yaml',
      'groups: { db: { hosts: "db[1-2]", user: pg } }\n',
    );
    const result = await runMuster(
      ['hosts', '-i', inventory, '--explain', 'db1', '-o', 'Compression yes', '-A'],
      { env: { HOME: home, MINE: 'a-secret', SSH_AUTH_SOCK: '/agent' } },
    );
    expect(result.code, said(result)).toBe(0);
    const lines = result.text.trimEnd().split('\n');
    const rows = lines.map((line) => line.trim().split(/ {2,}/u));
    for (const row of [
      ['db1: in db'],
      ['address', 'db1.example.com', '~/.ssh/config:3'],
      ['port', '22', 'built-in'],
      ['user', 'pg', 'group db'],
      ['identity', 'the default keys', 'built-in'],
      ['jump', 'gate (ann@gate:2200)', '~/.ssh/config:4'],
      ['host-keys', 'accept-new', '~/.ssh/config:11'],
      ['connect-timeout', '3 s', '~/.ssh/more:2'],
      ['keepalive', 'every 20 s, 3 missed', '~/.ssh/config:10'],
      ['compression', 'yes', 'command line'],
      ['forward-agent', 'yes', 'command line'],
      ['agent', '/agent', 'built-in'],
    ]) {
      expect(rows).toContainEqual(row);
    }
    expect(rows.find(([name]) => name === 'known-hosts')?.slice(1)).toEqual([
      '~/.ssh/kh, ~/.ssh/kh2,',
      '~/.ssh/config:12',
    ]);
    // The system's file may send others.
    const [, names, source] = rows.find(([name]) => name === 'env') ?? [];
    expect(names).toMatch(/\bMINE$/u);
    expect(source).toMatch(/^~\/\.ssh\/config:13/u);
    expect(rows.find(([name]) => name === 'ciphers')?.at(-1)).toBe('~/.ssh/config:5');
    expect(result.text).toContain('aes128-cbc');
    expect(result.text).not.toContain('a-secret');
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });
});

/** Connects its stdin and stdout to a host and a port. */
const PIPE = `const [host, port, word] = process.argv.slice(2);
if (word !== 'not $(a) shell') process.exit(1);
const socket = require('node:net').connect(Number(port), host);
process.stdin.pipe(socket).pipe(process.stdout);
`;
