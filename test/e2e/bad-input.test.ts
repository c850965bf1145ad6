import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mainHere } from '../helpers/in-process.ts';
import { runMuster, said, type MusterResult } from '../helpers/run-muster.ts';
import { temporaryFolder } from '../setup/run-folder.ts';
import { countConnections, type ConnectionCounter } from './connection-counter.ts';

let folder: string;
let host: ConnectionCounter;
beforeAll(async () => {
  folder = temporaryFolder('bad-input');
  host = await countConnections();
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await host.close();
});

test('the host of these tests counts who connects', async () => {
  const result = await runMuster(['check', ...host.target, '--until', 'tcp']);
  expect(result.code, said(result)).toBe(0);
  expect(host.connections()).toBe(1);
});

describe('bad input: one clear line, exit 2, no host is touched', () => {
  test.each([
    ['an unknown option', ['--fanuot', '3'], /unknown option --fanuot/u, /did you mean --fanout/u],
    ['an unknown letter', ['-Z'], /unknown option -Z/u, /--help/u],
    ['port 99999', ['-p', '99999'], /--port: "99999" is not .* from 1 to 65535/u],
    ['port 0', ['--port=0'], /--port: "0"/u],
    ['a port that is no number', ['-p', 'ssh'], /--port: "ssh"/u],
    ['fanout 0', ['-f', '0'], /--fanout: "0"/u],
    ['fanout NaN', ['-f', 'NaN'], /--fanout: "NaN"/u],
    ['a negative timeout', ['-u', '-1'], /--timeout: "-1"/u],
    ['a connect timeout of nothing', ['-t', '0'], /--connect-timeout: "0"/u],
    ['a forgotten value', ['-l'], /-l needs a value/u],
    ['an empty value', ['--user='], /--user needs a value/u],
    ['a user that would be an option', ['--user=-oProxyCommand'], /--user: "-oProxyCommand"/u],
    ['an input given twice', ['--stdin=a', '--stdin=b'], /--stdin is given 2 times/u],
    [
      'an unknown output',
      ['-O', 'jsno'],
      /--output: "jsno" is none of live/u,
      /did you mean json/u,
    ],
    ['two outputs', ['-b', '-O', 'json'], /-b and -O json/u],
    ['an unknown policy', ['--host-keys', 'no'], /--host-keys: "no" is none of strict/u],
    ['bad exit codes', ['--ok-codes', '1,x'], /--ok-codes: "x"/u],
    ['a bad node set', ['-w', 'web[1-'], /-w: "web\[1-"/u],
    ['an unknown group', ['-g', 'wbe'], /-g: there is no group "wbe"/u],
    ['an exclusion that excludes nothing', ['-x', 'web3'], /-x: "web3" takes no host away/u],
    ['too many hosts', ['-w', 'n[1-200000]'], /100,?000/u],
    ['a missing key file', ['--identity', '/nowhere/key'], /key file \/nowhere\/key/u],
    ['a missing inventory', ['-i', '/nowhere/hosts.yaml'], /\/nowhere\/hosts\.yaml/u],
    ['a missing file of hosts', ['--hosts-file', '/nowhere/hosts'], /\/nowhere\/hosts/u],
    ['a missing input', ['--stdin', '/nowhere/input'], /--stdin: .*\/nowhere\/input/u],
    ['an output directory that is a file', ['--output-dir', '/etc/passwd'], /\/etc\/passwd/u],
    ['a word before --', ['web2'], /"web2" stands before --/u],
  ] as const)('%s', async (_, options, message, hint?: RegExp) => {
    const result = await rejected(['run', ...host.target, ...options, '--', 'true']);
    expectLine(result, message, hint);
  });

  test.each([
    ['no command', [], /there is no command/u],
    ['no command after --', ['--'], /there is no command/u],
    ['an empty command', ['--', ''], /the command is empty/u],
    ['a command of blanks', ['--', ' ', '\t'], /the command is empty/u],
  ])('%s', async (_, words, message) => {
    expectLine(await rejected(['run', ...host.target, ...words]), message);
  });

  test.each([
    ['no host at all', ['run', '--', 'true'], /no hosts were named/u],
    ['an unknown verb', ['rnu', '-w', 'x', '--', 'true'], /unknown verb "rnu"/u, /muster run/u],
    ['an option before the verb', ['-w', 'x', 'run'], /-w stands where a verb belongs/u],
    ['a command for check', ['check', '-w', 'x', 'true'], /check runs no command/u],
    ['a check that is not known', ['check', '-w', 'x', '--until', 'login'], /--until: "login"/u],
    ['two forms of a list', ['hosts', 'x', '--fold', '--count'], /--fold and --count/u],
    [
      'standard input twice',
      ['run', '--hosts-file=-', '--stdin=-', '--', 'cat'],
      /read only once/u,
    ],
  ] as const)('%s', async (_, args, message, hint?: RegExp) => {
    expectLine(await rejected(args), message, hint);
  });

  test.each([
    ['an unknown key', 'hosts:\n  db1: { prot: 22 }\n', /hosts\.yaml:2.*prot/u],
    ['a wrong type', 'hosts:\n  db1: { port: "many" }\n', /hosts\.yaml:2.*port/u],
    ['a port out of range', 'defaults: { port: 99999 }\n', /hosts\.yaml:1.*port/u],
    [
      'a group cycle',
      'groups:\n  a: { groups: [b] }\n  b: { groups: [a] }\n',
      /hosts\.yaml:\d.*\ba\b/u,
    ],
    ['a duplicate host', 'hosts:\n  db1: {}\n  db1: {}\n', /hosts\.yaml:3.*db1/u],
    ['no YAML', 'hosts: [\n', /hosts\.yaml:/u],
    ['an alias bomb', ALIAS_BOMB, /hosts\.yaml/u],
  ])('an inventory with %s', async (_, text, message) => {
    const file = join(folder, 'hosts.yaml');
    writeFileSync(file, text, { mode: 0o600 });
    expectLine(await rejected(['run', ...host.target, '-i', file, '--', 'true']), message);
  });

  test('a key with open permissions', async () => {
    const file = join(folder, 'open-key');
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    writeFileSync(file, privateKey.export({ type: 'pkcs1', format: 'pem' }));
    chmodSync(file, 0o644);
    const result = await rejected(['run', ...host.target, '--identity', file, '--', 'true']);
    expectLine(result, /open-key/u);
  });

  test('a key of an unknown format', async () => {
    const file = join(folder, 'no-key');
    writeFileSync(file, 'this is no key\n', { mode: 0o600 });
    const result = await rejected(['run', ...host.target, '--identity', file, '--', 'true']);
    expectLine(result, /no-key .*unknown format/u);
  });
});

test('without a word it shows what it can do, on stderr, and exits 2', async () => {
  const result = await runMuster([]);
  expect(result.code).toBe(2);
  expect(result.text).toBe('');
  expect(result.errorText).toMatch(/^Usage: muster VERB/u);
});

/** The program itself is asked above and below; it has nothing to add to what is refused here. */
async function rejected(args: readonly string[]): Promise<MusterResult> {
  const before = host.connections();
  const result = await mainHere(args, { HOME: folder, PATH: process.env['PATH'] ?? '' }, '/');
  expect(result.code, result.errorText).toBe(2);
  expect(result.text).toBe('');
  expect(host.connections()).toBe(before);
  return result;
}

/** One line that says what is wrong, and at most one more that says what to do. */
function expectLine(result: MusterResult, message: RegExp, hint?: RegExp): void {
  const lines = result.errorText.trimEnd().split('\n');
  expect(lines[0]).toMatch(/^muster: /u);
  expect(lines[0]).toMatch(message);
  expect(lines.slice(1).every((line) => line.startsWith('hint: '))).toBe(true);
  expect(lines.length).toBeLessThanOrEqual(2);
  if (hint !== undefined) expect(lines[1]).toMatch(hint);
}

/** Nine levels of eight: 134 million items, were they all made. */
const ALIAS_BOMB = ['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'].reduce((text, name, at) => {
  const items = Array.from({ length: 8 }, () => `*${String.fromCodePoint(97 + at)}`);
  return `${text}${name}: &${name} [${items.join(', ')}]\n`;
}, 'a: &a [x, x, x, x, x, x, x, x]\n');
