import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../setup/run-folder.ts';
import { refusal, select } from '../support.ts';
import { homeIn, targetsOf, type Home } from './local.ts';

const folders: string[] = [];
let home: Home;

beforeEach(() => {
  const folder = temporaryFolder('ssh-config');
  folders.push(folder);
  home = homeIn(folder);
});
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

describe('which files are read', () => {
  test("the user's, where -F names none", async () => {
    home.write('.ssh/config', 'Port 2001\n');
    const found = await targetsOf(['a'], { sshConfig: home.load() });
    expect(found['a']?.port).toBe(2001);
  });

  test('the one of -F alone, and none with -F none', async () => {
    home.write('.ssh/config', 'Port 2001\n');
    const file = home.write('other', 'User other\n');
    const other = await targetsOf(['a'], { sshConfig: home.load({ file }) });
    expect(other['a']).toMatchObject({ port: 22, user: 'other' });
    const none = await targetsOf(['a'], { sshConfig: home.load({ file: 'none' }) });
    expect(none['a']).toEqual({ ...other['a'], user: 'me' });
    expect(none['a']).not.toHaveProperty('ssh');
  });

  test('nothing of a home that has no .ssh', async () => {
    const { targets } = await select({ hosts: ['a'], sshConfig: home.load() });
    expect(targets).toMatchObject([{ port: 22, user: 'me' }]);
  });

  test('what the user’s file includes, relative to ~/.ssh, and what begins with ~/', async () => {
    home.write('.ssh/config', 'Include conf.d/* ~/more\n');
    home.write('.ssh/conf.d/10-one', 'Port 2001\n');
    home.write('.ssh/conf.d/20-two', 'Port 2002\nUser two\n');
    home.write('more', 'User more\nHostName more.example\n');
    const found = await targetsOf(['a'], { sshConfig: home.load() });
    expect(found['a']).toMatchObject({ port: 2001, user: 'two', address: 'more.example' });
  });

  test('-F names one that is not there: an error', async () => {
    const error = await refusal(() => home.load({ file: 'missing' }));
    expect(error.message).toBe('~/missing: there is no such file');
    const folder = await refusal(() => home.load({ file: '.' }));
    expect(folder.message).toMatch(/is a folder, not a file$/u);
  });
});

test('a key that an agent holds is named by its public half, where only named keys count', async () => {
  home.write('key.pub', '');
  const file = home.write(
    'config',
    'IdentityFile ~/key\nIdentityFile ~/none\nMatch host a\n IdentitiesOnly yes\n',
  );
  const found = await targetsOf(['a', 'b'], { sshConfig: home.load({ file }) });
  expect(found['a']?.identities).toEqual([join(home.folder, 'key.pub')]);
  expect(found['b']?.identities).toEqual([]);
});

describe("who may write what decides where we log in: the user's file, and all that is included", () => {
  test.each([
    ['.ssh/config', 0o666],
    ['.ssh/config', 0o602],
  ])('%s with mode %o is refused', async (path, mode) => {
    chmodSync(home.write(path, 'Port 2001\n'), mode);
    const error = await refusal(() => home.load());
    expect(error.message).toBe('~/.ssh/config: can be written by others');
    expect(error.hint).toContain('chmod go-w');
  });

  test('an included file that others can write is refused, also from -F', async () => {
    chmodSync(home.write('open', 'Port 2001\n'), 0o666);
    const file = home.write('main', `Include ${join(home.folder, 'open')}\n`);
    const error = await refusal(() => home.load({ file }));
    expect(error.message).toBe('~/open: can be written by others');
  });

  test('the file of -F itself is the operator’s word', async () => {
    chmodSync(home.write('open', 'Port 2001\n'), 0o666);
    const found = await targetsOf(['a'], { sshConfig: home.load({ file: 'open' }) });
    expect(found['a']?.port).toBe(2001);
  });

  test('another’s file is refused', async () => {
    home.write('.ssh/config', 'Port 2001\n');
    const uid = (process.getuid?.() ?? 0) + 1;
    // Root's files are trusted by all.
    const error = process.getuid?.() === 0 ? null : await refusal(() => home.load({}, { uid }));
    expect(error?.message ?? '~/.ssh/config: is owned by neither you nor root').toBe(
      '~/.ssh/config: is owned by neither you nor root',
    );
  });

  test('what is included has to be a file, so that it comes to an end', async () => {
    const file = home.write('main', 'Include /dev/zero\n');
    const error = await refusal(() => home.load({ file }));
    expect(error.message).toBe('/dev/zero: is not a file');
  });
});

describe('what is not honoured', () => {
  test('is named once, where it is said of a target, with file and line', async () => {
    home.write(
      '.ssh/config',
      'Host a\n BindInterface eth0\nHost b\n RevokedHostKeys /r\n RekeyLimit 1G\nHost z\n Tunnel yes\nHost *\n' +
        ' LogLevel QUIET\n ControlMaster auto\n CheckHostIP no\n PubkeyAuthentication yes\n',
    );
    const sshConfig = home.load();
    const first = await select({ hosts: ['a,b,c'], sshConfig });
    expect(first.warnings).toEqual([
      'not honoured of ssh_config: BindInterface (~/.ssh/config:2), RevokedHostKeys (~/.ssh/config:4), RekeyLimit (~/.ssh/config:5)',
    ]);
    const again = await select({ hosts: ['a'], sshConfig });
    expect(again.warnings).toEqual([]);
    const later = await select({ hosts: ['z'], sshConfig });
    expect(later.warnings).toEqual(['not honoured of ssh_config: Tunnel (~/.ssh/config:7)']);
  });

  test('C03: is that a file forwards the agent, where the operator has not said whether', async () => {
    home.write('.ssh/config', 'Host a\n ForwardAgent no\nHost b\n ForwardAgent yes\n');
    expect((await select({ hosts: ['a'], sshConfig: home.load() })).warnings).toEqual([]);
    const told = await select({ hosts: ['a,b'], sshConfig: home.load() });
    expect(told.warnings).toEqual([
      '~/.ssh/config:4: ForwardAgent is not taken from a file: -A forwards the agent',
    ]);
    for (const option of ['ForwardAgent=no', 'ForwardAgent=yes']) {
      const { warnings } = await select({
        hosts: ['b'],
        sshConfig: home.load({ options: [option] }),
      });
      expect(warnings).toEqual([]);
    }
  });

  test('of newer versions never matches, and is named once', async () => {
    home.write(
      '.ssh/config',
      'Match localnetwork 10.0.0.0/8\n Port 1\nMatch !version OpenSSH*\n Port 2\n',
    );
    const { targets, warnings } = await select({ hosts: ['a,b'], sshConfig: home.load() });
    expect(targets.map(({ port }) => port)).toEqual([22, 22]);
    expect(warnings).toEqual([
      '~/.ssh/config:1: Match localnetwork is not known here, and never matches',
      '~/.ssh/config:3: Match version is not known here, and never matches',
    ]);
  });

  test('Tag and Match tagged, and RefuseConnection, of newer versions are honoured', async () => {
    home.write(
      '.ssh/config',
      'Host a\n Tag mine\nHost r\n RefuseConnection it is gone\nMatch tagged m*\n Port 7\nMatch !tagged ""\n Port 8\n',
    );
    const sshConfig = home.load();
    const found = await targetsOf(['a', 'b'], { sshConfig });
    expect([found['a']?.port, found['b']?.port]).toEqual([7, 22]);
    const error = await refusal(() => targetsOf(['r'], { sshConfig }));
    expect(error.message).toBe('~/.ssh/config:4: r is refused: it is gone');
  });
});

describe('C07: Match exec', () => {
  const matchExec = true;

  test('runs nothing and never matches, unless the operator lets it; that is told once', async () => {
    const mark = join(home.folder, 'ran');
    home.write(
      '.ssh/config',
      `Match exec "touch ${mark}"\n Port 7\nMatch !exec "touch ${mark}"\n Port 8\n`,
    );
    const { targets, warnings } = await select({ hosts: ['a,b'], sshConfig: home.load() });
    expect(targets.map(({ port }) => port)).toEqual([22, 22]);
    expect(warnings).toEqual([
      '~/.ssh/config:1: Match exec never matches without --match-exec, which lets it run its command',
    ]);
    expect(existsSync(mark)).toBe(false);
  });

  test('matches by its exit status, run once for each command, without a shell', async () => {
    const log = join(home.folder, 'log');
    const script = home.write('note', `#!/bin/sh\necho "$# $*" >>${log}\ntest "$1" = a\n`, 0o700);
    home.write(
      '.ssh/config',
      `Match exec "${script} %h '$(id);x' %p %r"\n User yes\nMatch exec "${script} once"\n Port 9\n`,
    );
    const sshConfig = home.load({ matchExec });
    const found = await targetsOf(['a', 'b'], { sshConfig });
    await targetsOf(['a', 'b'], { sshConfig });
    expect([found['a']?.user, found['b']?.user]).toEqual(['yes', 'me']);
    const { readFileSync } = await import('node:fs');
    expect(readFileSync(log, 'utf8').trim().split('\n').sort()).toEqual([
      '1 once',
      '4 a $(id);x 22 me',
      '4 b $(id);x 22 me',
    ]);
  });

  test('is not run where an earlier criterion does not hold', async () => {
    const mark = join(home.folder, 'ran');
    home.write('.ssh/config', `Match host other exec "touch ${mark}"\n Port 7\n`);
    await targetsOf(['a'], { sshConfig: home.load({ matchExec }) });
    expect(existsSync(mark)).toBe(false);
  });

  test.each([
    ['test -f /x || true', /:1: Match exec needs a shell, for a pipe/u],
    ['/not/there', /:1: Match exec cannot run \/not\/there$/u],
    [
      'no-such-program-here',
      /:1: Match exec cannot run no-such-program-here, which was looked for/u,
    ],
    ['true %Q', /:1: Match exec has the token %Q/u],
  ])('%s is refused', async (command, message) => {
    home.write('.ssh/config', `Match exec "${command}"\n Port 7\n`);
    const sshConfig = home.load({ matchExec }, { env: { PATH: '/usr/bin:/bin' } });
    const error = await refusal(() => targetsOf(['a'], { sshConfig }));
    expect(error.message).toMatch(message);
  });
});

test('a file that doubles itself at every depth comes to an end', async () => {
  for (let depth = 0; depth < 15; depth += 1) {
    const next = `Include ~/.ssh/f${depth + 1}\n`;
    home.write(`.ssh/f${depth}`, next + next);
  }
  writeFileSync(join(home.folder, '.ssh/f15'), 'Port 1\n', { mode: 0o600 });
  const error = await refusal(() => home.load({ file: join(home.folder, '.ssh/f0') }));
  expect(error.message).toMatch(/too many files are included$/u);
});
