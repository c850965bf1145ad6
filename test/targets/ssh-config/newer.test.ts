import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Target } from '../../../src/model/target.ts';
import { temporaryFolder } from '../../setup/run-folder.ts';
import { refusal } from '../support.ts';
import { homeIn, targetsOf, type Home } from './local.ts';

/** What the ssh beside the tests may be too old to be asked about: OpenSSH 9.4 to 10.5. */
let home: Home;

beforeAll(() => {
  home = homeIn(temporaryFolder('newer'));
});
afterAll(() => rmSync(home.folder, { recursive: true }));

const ENV = { TEAM: 'ops', EMPTY: '' };

async function target(text: string, name = 'web1'): Promise<Target> {
  const sshConfig = home.load({ file: home.write('config', text) }, { env: ENV });
  const found = await targetsOf([name], { sshConfig });
  return found[name] ?? expect.fail('no target');
}

async function messageOf(text: string): Promise<string> {
  return (await refusal(() => target(text))).message;
}

describe('User', () => {
  test('may hold tokens and variables', async () => {
    expect((await target('User %u-%n-${TEAM}\n')).user).toBe('me-web1-ops');
    expect((await target('User %%\n')).user).toBe('%');
  });

  test('holds neither itself nor what is made of it, nor what no user can be called', async () => {
    expect(await messageOf('User %r\n')).toBe(
      '~/config:1: User has the token %r, which means nothing here',
    );
    expect(await messageOf('User %C\n')).toContain('%C');
    expect(await messageOf('HostName x\nUser -%h\n')).toBe(
      '~/config:2: User "-x" begins with \'-\'',
    );
  });
});

test('SetEnv: values may hold tokens and variables, names may not', async () => {
  const { ssh } = await target('Port 7\nSetEnv A%h=%h:%p B=${TEAM} C=50%% D=$TEAM\n');
  expect(ssh?.env).toEqual({ 'A%h': 'web1:7', B: 'ops', C: '50%', D: '$TEAM' });
  const [one, two] = [await target('SetEnv H=%h\n', 'a'), await target('SetEnv H=%h\n', 'b')];
  expect([one.ssh?.env, two.ssh?.env]).toEqual([{ H: 'a' }, { H: 'b' }]);
  expect(await messageOf('SetEnv C=50%\n')).toBe(
    '~/config:1: SetEnv ends with %, which needs a letter',
  );
});

describe('Include', () => {
  test('may hold variables, and tokens that are the same for all hosts', async () => {
    home.write('.ssh/ops-me.conf', 'Port 7\n');
    expect((await target('Include ${TEAM}-%u.conf\n')).port).toBe(7);
    expect((await target('Include %d/.ssh/ops-me.*\n')).port).toBe(7);
  });

  test('holds no other token', async () => {
    const error = await refusal(() => target('Include %h.conf\n'));
    expect(error.message).toBe('~/config:1: Include has the token %h, which means nothing here');
    expect(error.hint).toContain('for all hosts');
    expect(await messageOf('Include ${NOT_SET}/x\n')).toContain('NOT_SET, which is not set');
  });
});

describe('Match', () => {
  test.each([
    ["Match host 'web1'", 7],
    [String.raw`Match exec "echo \"no shell\"" host other`, 22],
    ['Match host=web1 user=me', 7],
    ['Match host = web1 user =me', 7],
    ['Match host= web1', 7],
    ['Match tagged ""', 7],
    ['Match tagged *', 22],
    ['Match !tagged x', 7],
  ])('%s', async (line, port) => {
    expect((await target(`${line}\n Port 7\n`)).port).toBe(port);
  });

  test('a criterion that is misspelt has its hint', async () => {
    const error = await refusal(() => target('Match hsot web1\n'));
    expect(error.message).toBe('~/config:1: Match does not know "hsot"');
    expect(error.hint).toBe('did you mean host?');
  });
});

describe('tokens', () => {
  test('%j is the last host of ProxyJump alone, %h in small letters, %n as it was typed', async () => {
    const text = 'Host WEB1\n ProxyJump a,bob@GATE:22\n UserKnownHostsFile /%j/%h/%n\n';
    expect((await target(text, 'WEB1')).ssh?.knownHosts?.[0]).toBe('/GATE/web1/WEB1');
    const none = await target('ProxyJump none\nUserKnownHostsFile /x%j\n');
    expect(none.ssh?.knownHosts?.[0]).toBe('/x');
  });
});

test('IdentityAgent: no agent where the variable is not set', async () => {
  for (const name of ['NOT_SET', 'EMPTY']) {
    expect((await target(`IdentityAgent $${name}\n`)).ssh?.agent).toEqual({ socket: null });
  }
  expect(await messageOf('IdentityAgent $1\n')).toBe(
    '~/config:1: IdentityAgent cannot have the name "$1"',
  );
});

test('ProxyJump within quotes, as a shell would take them', async () => {
  const { jump } = await target('Host web1\n ProxyJump "bob@gate:22"\n');
  expect(jump).toMatchObject([{ address: 'gate', user: 'bob', port: 22 }]);
});
