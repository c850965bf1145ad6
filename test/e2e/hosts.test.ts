import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mainHere } from '../helpers/in-process.ts';
import {
  runMuster,
  said,
  startMuster,
  type MusterOptions,
  type MusterResult,
} from '../helpers/run-muster.ts';
import { temporaryFolder } from '../setup/run-folder.ts';

const INVENTORY = `defaults: { user: deploy, identity: ~/.ssh/key }
groups:
  web: { hosts: "web[01-03].example.com", user: www, vars: { tier: front, ports: [80, 443] } }
  db:  { hosts: [db1, db2] }
  all-of-them: { groups: [web, db] }
hosts:
  db1: { address: 10.0.0.5, port: 2200, vars: { role: primary, note: "two words" } }
`;

let folder: string;
let file: string;
beforeAll(() => {
  folder = temporaryFolder('hosts');
  file = join(folder, 'hosts.yaml');
  writeFileSync(file, INVENTORY, { mode: 0o600 });
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('muster hosts', () => {
  test.each([
    ['node sets in order, each host once', ['n3,n[1-2]', 'n[1-3]'], 'n3\nn1\nn2\n'],
    ['a node set', ['n[01-03]'], 'n01\nn02\nn03\n'],
    ['a node set of -w, before those of words', ['n1', '-w', 'm1'], 'm1\nn1\n'],
    ['a group', ['-g', 'db'], 'db1\ndb2\n'],
    ['a group in a node set', ['@db!db1'], 'db2\n'],
    ['less what is excluded', ['-a', '-x', 'db2', '-X', 'web'], 'db1\n'],
    ['everything, without a word about who', ['-X', 'web'], 'db1\ndb2\n'],
    ['one folded set', ['-a', '--fold'], 'db[1-2],web[01-03].example.com\n'],
    ['options after words', ['n[1-3]', '--fold'], 'n[1-3]\n'],
    ['the number of hosts', ['-a', '--count'], '5\n'],
    ['the names of the groups', ['@@', '--fold'], 'all-of-them,db,web\n'],
    [
      'variables: strings as they are, the rest as JSON',
      ['--vars', 'db[1-2],web01.example.com'],
      'db1 role=primary note="two words"\ndb2\nweb01.example.com tier=front ports=[80,443]\n',
    ],
  ])('prints %s', async (_, args, expected) => {
    const result = await hosts(...args);
    expect(result.code, said(result)).toBe(0);
    expect(result).toMatchObject({ text: expected, errorText: '' });
  });

  test('--explain tells each setting of a host and who says so', async () => {
    const result = await hosts('--explain', 'db1', '-F', 'none');
    expect(result.code, said(result)).toBe(0);
    const rows = result.text.split('\n').map((line) => line.trim().split(/ {2,}/u));
    const after = rows.findIndex(([name]) => name === 'connect-timeout') + 1;
    const others = rows.findIndex(([name]) => name === 'vars.role');
    expect([...rows.slice(0, after), ...rows.slice(others)]).toEqual([
      ['db1: in db, all-of-them'],
      ['address', '10.0.0.5', 'host'],
      ['port', '2200', 'host'],
      ['user', 'deploy', 'defaults'],
      ['identity', expect.stringMatching(/\/\.ssh\/key$/u), 'defaults'],
      ['jump', 'none', 'built-in'],
      ['host-keys', 'strict', 'built-in'],
      ['known-hosts', '~/.ssh/known_hosts, ~/.ssh/known_hosts2,', 'built-in'],
      ['/etc/ssh/ssh_known_hosts, /etc/ssh/ssh_known_hosts2'],
      ['agent', 'none', 'built-in'],
      ['connect-timeout', '10 s', 'built-in'],
      ['vars.role', 'primary', 'host'],
      ['vars.note', '"two words"', 'host'],
      [''],
    ]);
    for (const row of [
      ['keepalive', 'every 15 s, 3 missed', 'built-in'],
      ['identities-only', 'no', 'built-in'],
      ['address-family', 'any', 'built-in'],
      ['compression', 'no', 'built-in'],
      ['tty', 'auto', 'built-in'],
    ]) {
      expect(rows.slice(after, others)).toContainEqual(row);
    }
  });

  test.each([
    ['$MUSTER_INVENTORY', (): MusterOptions => ({ env: { MUSTER_INVENTORY: file } })],
    ['./hosts.yaml', (): MusterOptions => ({ cwd: folder })],
    [
      '$XDG_CONFIG_HOME/muster/hosts.yaml',
      (): MusterOptions => {
        mkdirSync(join(folder, 'config/muster'), { recursive: true });
        writeFileSync(join(folder, 'config/muster/hosts.yaml'), INVENTORY);
        return { env: { XDG_CONFIG_HOME: join(folder, 'config') } };
      },
    ],
  ])('finds its inventory as %s', async (_, options) => {
    const result = await runMuster(['hosts', '-g', 'db'], options());
    expect(result.code, said(result)).toBe(0);
    expect(result.text).toBe('db1\ndb2\n');
  });

  test('reads hosts from standard input', async () => {
    const result = await runMuster(['hosts', '--hosts-file', '-', '--fold'], {
      input: 'n1\n# a comment\nn[2-3]  # another\n\n',
    });
    expect(result).toMatchObject({ code: 0, text: 'n[1-3]\n' });
  });

  test('ends without a word when its reader goes', async () => {
    const muster = startMuster(['hosts', 'n[1-100000]']);
    await muster.line('stdout', /^n1$/u);
    muster.closeStdout();
    expect(await muster.ended).toMatchObject({ code: 0, errorText: '' });
  });
});

describe('muster', () => {
  test.each([
    ['--version'],
    ['-V'],
    ['run', '--help'],
    ['check', '-h'],
    ['help', 'hosts'],
    ['--help'],
  ])('%j %j is an answer on stdout, and exits 0', async (...args) => {
    const result = await runMuster(args);
    expect(result).toMatchObject({ code: 0, errorText: '' });
    expect(result.text).toMatch(/^(muster \d+\.\d+\.\d+\n$|Usage: muster )/u);
  });

  test('--help after the command belongs to the command', async () => {
    const result = await runMuster(['run', '-w', 'x', '--dry-run', '--', 'ls', '--help']);
    expect(result.errorText).toContain('ls --help');
  });
});

function hosts(...args: readonly string[]): Promise<MusterResult> {
  return mainHere(['hosts', '-i', file, ...args], { HOME: folder }, folder);
}
