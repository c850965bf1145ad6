import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Target } from '../../../src/model/target.ts';
import {
  explainTarget,
  type SelectionRequest,
  type SshConfig,
} from '../../../src/targets/selection.ts';
import { temporaryFolder } from '../../setup/run-folder.ts';
import { inventory, refusal, select } from '../support.ts';
import { homeIn, targetsOf, type Home } from './local.ts';

const NOBODY = { user: null, port: null, identities: [], jump: null };
const DEFAULTS = { user: 'me', homeDirectory: '/home/me' };
let home: Home;

beforeAll(() => {
  home = homeIn(temporaryFolder('resolve'));
  for (const key of ['one', 'two', 'three']) home.write(key, '');
});
afterAll(() => rmSync(home.folder, { recursive: true }));

/** What only this text says. */
function config(text: string, options: readonly string[] = []): SshConfig {
  return home.load({ file: home.write('config', text), options });
}

async function target(
  name: string,
  text: string,
  options: readonly string[] = [],
): Promise<Target> {
  const found = await targetsOf([name], { sshConfig: config(text, options) });
  return found[name] ?? expect.fail('no target');
}

/** `name user@address:port`, of each jump host. */
function way({ jump }: Target): readonly string[] {
  return jump.map(({ name, user, address, port }) => `${name} ${user}@${address}:${port}`);
}

describe('what counts', () => {
  const TEXT =
    'Host db1\n HostName file.example\nHost *\n Port 1\n User file\n IdentityFile one\nHost db*\n ProxyJump file-gate\n';
  const YAML = 'defaults: { user: all }\ngroups: { db: { hosts: [db1, db2], port: 2 } }\n';
  const HOST = 'hosts: { db1: { address: 10.0.0.5, identity: /keys/db, jump: own-gate } }\n';

  test('is ssh_config where nobody else speaks', async () => {
    const found = await target('db1', TEXT);
    expect(found).toMatchObject({ address: 'file.example', port: 1, user: 'file' });
    expect(found.identities).toEqual([join(home.folder, 'one')]);
    expect(way(found)).toEqual([expect.stringContaining('file-gate')]);
  });

  test('is the inventory before ssh_config: host, group and defaults', async () => {
    const found = await targetsOf(['db1', 'db2'], {
      sshConfig: config(TEXT),
      inventory: await inventory(YAML + HOST),
    });
    expect(found['db1']).toMatchObject({
      address: '10.0.0.5',
      port: 2,
      user: 'all',
      identities: ['/keys/db'],
      jump: [{ name: 'own-gate' }],
    });
    expect(found['db2']).toMatchObject({
      address: 'db2',
      identities: [join(home.folder, 'one')],
      jump: [{ name: 'file-gate' }],
    });
  });

  test('is the command line before all: its options, then its -o', async () => {
    const request = {
      inventory: await inventory(YAML + HOST),
      sshConfig: config(TEXT, ['Port=3', 'User=o', 'HostName=o.example', 'ProxyJump=o-gate']),
    };
    const byOption = await targetsOf(['db1'], request);
    expect(byOption['db1']).toMatchObject({ address: 'o.example', port: 3, user: 'o' });
    expect(byOption['db1']?.jump).toMatchObject([{ name: 'o-gate' }]);
    const overrides = { user: 'l', port: 4, identities: ['/i'], jump: 'none' };
    const byName = await targetsOf(['db1'], { ...request, overrides });
    expect(byName['db1']).toMatchObject({ port: 4, user: 'l', identities: ['/i'], jump: [] });
    const named = await targetsOf(['bob@db1:5'], { ...request, overrides });
    expect(named['bob@db1:5']).toMatchObject({ port: 5, user: 'bob' });
  });

  test('is told: file and line, the command line, or the inventory', async () => {
    const { sources } = explainTarget('db1', {
      inventory: await inventory(YAML),
      overrides: NOBODY,
      defaults: DEFAULTS,
      sshConfig: config(TEXT, ['IdentityFile two']),
    });
    expect(sources).toMatchObject({
      address: { value: 'file.example', source: '~/config:2' },
      port: { value: 2, source: 'group db' },
      user: { value: 'all', source: 'defaults' },
      identities: {
        value: [join(home.folder, 'two'), join(home.folder, 'one')],
        source: 'command line',
      },
      jump: { value: ['file-gate'], source: '~/config:8' },
    });
  });

  test('is also what conditions see: the address, user and port of the inventory and the command line', async () => {
    const text =
      'Match host 10.0.0.5\n Compression yes\nMatch user all\n HostKeyAlias a\nMatch originalhost db1\n BindAddress b\n' +
      'Host *\n UserKnownHostsFile /k/%r-%h-%p-%n\n';
    const found = await targetsOf(['db1'], {
      sshConfig: config(text),
      inventory: await inventory(YAML + HOST),
    });
    expect(found['db1']?.ssh).toMatchObject({
      compression: true,
      hostKeyAlias: 'a',
      bindAddress: 'b',
      knownHostsWrite: '/k/all-10.0.0.5-2-db1',
    });
  });
});

describe('settings', () => {
  test('are one object for all hosts of which the same is said, and none where nothing is', async () => {
    const text =
      'Host a*\n HostName %h.example\n ConnectTimeout 5\nHost b*\n User x\nHost c*\n UserKnownHostsFile /k/%h\n';
    const { targets } = await select({ hosts: ['a[1-3],b[1-2],c[1-2]'], sshConfig: config(text) });
    const [a1, a2, a3, b1, b2, c1, c2] = targets;
    expect(a1?.ssh?.connectTimeoutMs).toBe(5000);
    expect(a2?.ssh).toBe(a1?.ssh);
    expect(a3?.ssh).toBe(a1?.ssh);
    expect(b1).not.toHaveProperty('ssh');
    expect(b2).not.toHaveProperty('ssh');
    expect([c1?.ssh?.knownHostsWrite, c2?.ssh?.knownHostsWrite]).toEqual(['/k/c1', '/k/c2']);
  });

  test('leave to the job what the command line has decided', async () => {
    const file = home.write(
      'config',
      'StrictHostKeyChecking no\nUserKnownHostsFile /k\nConnectTimeout 5\nCompression yes\n',
    );
    const decided = new Set(['host-keys', 'known-hosts', 'connect-timeout'] as const);
    const found = await targetsOf(['a'], { sshConfig: home.load({ file, decided }) });
    expect(found['a']?.ssh).toMatchObject({
      hostKeys: null,
      knownHosts: null,
      knownHostsWrite: null,
      connectTimeoutMs: null,
      compression: true,
    });
  });

  test('C03: forward the agent because the operator says so, never because a file does', async () => {
    const text = 'ForwardAgent yes\nCompression yes\n';
    expect((await target('a', text)).ssh?.forwardAgent).toBe(false);
    expect((await target('a', text, ['ForwardAgent=yes'])).ssh?.forwardAgent).toBe(true);
    expect((await target('a', text, ['ForwardAgent=no'])).ssh?.forwardAgent).toBe(false);
    const jumping = await target('a', `${text}Host a\n ProxyJump gate\n`, ['ForwardAgent=yes']);
    expect(jumping.jump[0]?.ssh?.forwardAgent).toBe(false);
  });

  test('take the values of SendEnv from the environment that was handed in', async () => {
    const file = home.write('config', 'SendEnv LC_* TERM\nSetEnv A=1\n');
    const env = { LC_ALL: 'C', TERM: 'x', SECRET: 's', LC_NONE: undefined };
    const found = await targetsOf(['a'], { sshConfig: home.load({ file }, { env }) });
    expect(found['a']?.ssh?.env).toEqual({ LC_ALL: 'C', TERM: 'x', A: '1' });
  });
});

describe('jump hosts', () => {
  test('are targets of their own, with what ssh_config and the inventory say of them', async () => {
    const text =
      'Host gate\n HostName 192.0.2.1\n User ann\n Port 2200\n IdentityFile two\n StrictHostKeyChecking accept-new\n';
    const found = await targetsOf(['db1'], {
      sshConfig: config(text, ['ProxyJump=gate,bob@inner:23']),
      inventory: await inventory('hosts: { inner: { address: 10.9.9.9 } }'),
    });
    const [gate, inner] = found['db1']?.jump ?? [];
    expect(gate).toMatchObject({
      name: 'gate',
      address: '192.0.2.1',
      user: 'ann',
      port: 2200,
      identities: [join(home.folder, 'two')],
      ssh: { hostKeys: 'accept-new' },
      jump: [],
    });
    expect(inner).toMatchObject({
      name: 'bob@inner:23',
      address: '10.9.9.9',
      user: 'bob',
      port: 23,
    });
  });

  test('are not told what the command line says of the targets, but are offered its key', async () => {
    const overrides = { user: 'l', port: 4, identities: ['/i'], jump: 'gate,two' };
    const found = await targetsOf(['db1'], {
      overrides,
      sshConfig: config('Host two\n IdentityFile two\n', ['Compression=yes']),
    });
    const [gate, two] = found['db1']?.jump ?? [];
    expect(gate).toMatchObject({ user: 'me', port: 22, identities: ['/i'] });
    expect(gate).not.toHaveProperty('ssh');
    expect(two?.identities).toEqual([join(home.folder, 'two')]);
    expect(found['db1']).toMatchObject({ user: 'l', port: 4, ssh: { compression: true } });
  });

  test("come behind the nearest one's own, and no other's", async () => {
    const text =
      'Host a\n ProxyJump outer\nHost b\n ProxyJump never\nHost outer\n ProxyJump outmost\nHost web*\n ProxyJump a,b\n';
    const found = await targetsOf(['web1', 'web2', 'a', 'x'], { sshConfig: config(text) });
    const names = (name: string): readonly string[] =>
      (found[name]?.jump ?? []).map((hop) => hop.name);
    expect(names('web1')).toEqual(['outmost', 'outer', 'a', 'b']);
    expect(names('a')).toEqual(['outmost', 'outer']);
    expect(names('x')).toEqual([]);
    expect(found['web2']?.jump).toBe(found['web1']?.jump);
    for (const hop of found['web1']?.jump ?? []) expect(hop.jump).toEqual([]);
  });

  test('are reached by the command of the nearest; one behind another has no use for its own', async () => {
    const text = 'Host a b\n ProxyCommand nc %h %p\nHost web1\n ProxyJump a,b\n';
    const { jump, ssh } = await target('web1', text);
    expect(jump.map((hop) => hop.ssh?.proxyCommand ?? null)).toEqual([['nc', 'a', '22'], null]);
    expect(ssh?.proxyCommand ?? null).toBeNull();
  });

  test('may stand as tokens', async () => {
    const found = await target(
      'web1',
      'Match originalhost web1\n User bob\n ProxyJump %r@gate-%h:2%p,%n-in\n',
    );
    expect(way(found)).toEqual(['bob@gate-web1:222 bob@gate-web1:222', 'web1-in me@web1-in:22']);
  });

  test.each([
    ['of one', 'ProxyJump gate\n', 'gate behind gate'],
    ['of two', 'Host a\n ProxyJump b\nHost b\n ProxyJump a\n', 'b behind a behind b'],
    [
      'of three, beyond the first hop',
      'Host a\n ProxyJump b\nHost b\n ProxyJump c\nHost c\n ProxyJump b\n',
      'b behind c behind b',
    ],
    [
      'through the target',
      'Host a\n ProxyJump b\nHost b\n ProxyJump A\nHost A\n HostName a\n',
      'behind',
    ],
  ])('are refused in a loop %s, by name', async (_, text, names) => {
    const error = await refusal(() => targetsOf(['a'], { sshConfig: config(text) }));
    expect(error.message).toMatch(/^jump hosts in a loop: /u);
    expect(error.message).toContain(names);
  });

  test('that are named for everybody are reached without themselves', async () => {
    const from = await inventory('defaults: { jump: "gate,inner" }\nhosts: [gate, inner, web1]\n');
    const all = { all: true, inventory: from, sshConfig: config('') };
    const { targets } = await select(all);
    const names = targets.map(
      ({ name, jump }) => `${name}: ${jump.map((hop) => hop.name).join(' ')}`,
    );
    expect(names).toEqual(['gate: ', 'inner: gate', 'web1: gate inner']);
    const { targets: others } = await select({ ...all, overrides: { ...NOBODY, jump: 'inner' } });
    expect(others.map(({ jump }) => jump.length)).toEqual([1, 0, 1]);
  });
});

describe('IdentityFile', () => {
  test('says which keys there are, be it none; who counts more says that they are not the only ones', async () => {
    const only = async (text: string, more: Partial<SelectionRequest> = {}): Promise<unknown> => {
      const found = await targetsOf(['web1'], { sshConfig: config(text), ...more });
      const { identities, ssh } = found['web1'] ?? expect.fail('no target');
      return [identities.length, ssh?.onlyIdentityFiles ?? false];
    };
    expect(await only('')).toEqual([0, false]);
    expect(await only('IdentityFile none\n')).toEqual([0, true]);
    expect(await only('IdentityFile missing\n')).toEqual([0, true]);
    expect(await only('IdentityFile missing\nIdentityFile one\n')).toEqual([1, true]);
    const from = await inventory('defaults: { identity: /keys/x }\nhosts: [web1]\n');
    expect(await only('IdentityFile none\n', { inventory: from })).toEqual([1, false]);
    const overrides = { ...NOBODY, identities: ['/keys/y'] };
    expect(await only('IdentityFile none\n', { overrides })).toEqual([1, false]);
    const option = { inventory: from, sshConfig: config('', ['IdentityFile=none']) };
    expect(await only('', option)).toEqual([0, true]);
  });
});

test('HashKnownHosts and the order of HostKeyAlgorithms are settings', async () => {
  const settings = async (text: string): Promise<unknown> => {
    const { ssh } = await target('web1', text);
    return [ssh?.hashKnownHosts, ssh?.knownKeyTypesFirst];
  };
  expect(await settings('HashKnownHosts yes\n')).toEqual([true, true]);
  expect(await settings('HostKeyAlgorithms +ssh-rsa\n')).toEqual([false, true]);
  expect(await settings('HostKeyAlgorithms -ssh-rsa\n')).toEqual([false, true]);
  expect(await settings('HostKeyAlgorithms ^rsa-sha2-512\n')).toEqual([false, false]);
  expect(await settings('HostKeyAlgorithms ssh-ed25519\n')).toEqual([false, false]);
});

describe('ProxyCommand', () => {
  test.each([
    ['ssh -W %h:%p gate', ['ssh', '-W', 'x.example:22', 'gate']],
    [
      'exec nc -X connect -x "proxy host:3128" %h %p',
      ['nc', '-X', 'connect', '-x', 'proxy host:3128', 'x.example', '22'],
    ],
    ["~/bin/go 'a b'\\ c --%%n=%n %r", ['HOME/bin/go', 'a b c', '--%n=web1', 'me']],
    ['$TOOL/x "${TOOL}" ${NOT_SET} "$NOT_SET" $ "$"', ['/opt/100%h/x', '/opt/100%h', '', '$', '$']],
    ['ssh -W [%h]:%p gate # through the gate', ['ssh', '-W', '[x.example]:22', 'gate']],
  ])('%s is an argument vector', async (command, expected) => {
    const file = home.write('config', `HostName x.example\nProxyCommand ${command}\n`);
    const sshConfig = home.load({ file }, { env: { TOOL: '/opt/100%h' } });
    const { web1 } = await targetsOf(['web1'], { sshConfig });
    expect(web1?.ssh?.proxyCommand).toEqual(
      expected.map((word) => word.replace('HOME', home.folder)),
    );
  });

  test.each([
    ['nc %h %p | tee log', 'a pipe (|)'],
    ['nc %h %p 2>/dev/null', 'a redirection (>)'],
    ['nc %h %p < /dev/null', 'a redirection (<)'],
    ['cd /x; nc %h %p', 'several commands (;)'],
    ['cd /x && nc %h %p', 'several commands (&)'],
    ['nc $(cat host) %p', '$('],
    ['nc `cat host` %p', 'a command substitution'],
    ['(nc %h %p)', 'a subshell'],
    ['A=1 nc %h %p', 'an assignment'],
    ['nc *.example %p', 'a pattern of file names (*)'],
    ['nc "${A:-b}" %p', '${'],
    ['exec', 'a program to run'],
  ])('C07: %s needs a shell, and there is none', async (command, problem) => {
    const sshConfig = config(`Host other\n User a\nHost web1\n  ProxyCommand ${command}\n`);
    const error = await refusal(() => targetsOf(['web1'], { sshConfig }));
    expect(error.message).toBe(`~/config:4: ProxyCommand needs a shell, for ${problem}`);
    expect(error.hint).toContain('script');
    // Whom it is not about, or who is reached otherwise, it does not stop.
    const overrides = { ...NOBODY, jump: 'none' };
    expect(await targetsOf(['web1'], { sshConfig, overrides })).toMatchObject({
      web1: { jump: [] },
    });
    expect(await targetsOf(['other'], { sshConfig })).toHaveProperty('other');
  });

  test('C07: what stands in a name never becomes more than one word, or an option of another kind', async () => {
    const error = await refusal(() => target('web1', 'HostName -oProxyCommand=x\n'));
    expect(error.message).toBe('~/config:1: HostName "-oproxycommand=x" begins with \'-\'');
    for (const name of ['a b', 'a;b', '$(id)', 'a|b', "a'b"]) {
      const refused = await refusal(() =>
        target('web1', `HostName "${name}"\nProxyCommand nc %h\n`),
      );
      expect(refused.message).toContain('HostName');
    }
  });
});
