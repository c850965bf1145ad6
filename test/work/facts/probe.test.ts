import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, hostname, totalmem } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Facts } from '../../../src/model/facts.ts';
import { parseFacts } from '../../../src/work/facts/parse.ts';
import { factsProgram } from '../../../src/work/facts/probe.ts';
import { readerLine } from '../../../src/work/wrap/reader.ts';
import { temporaryFolder } from '../../setup/run-folder.ts';
import { installed } from '../rig.ts';
import { inputFor, runThrough } from '../wrap/shells.ts';
import { FREEBSD_PROGRAMS, MACOS_PROGRAMS } from './hosts.ts';

const SHELLS = installed('dash', 'bash --posix', 'busybox sh', 'mksh', 'zsh --emulate sh');
const MARK = 'mark-5d1f';
let folder: string;
beforeAll(() => {
  folder = temporaryFolder('facts');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Asking {
  readonly updates?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Makes another program of it, as of one for other paths. */
  readonly change?: (program: string) => string;
}

/** The lines that a host with such a /bin/sh says between its first and its last. */
function ask(shell: string, { updates = false, env = {}, change = same }: Asking = {}): Answer {
  const program = change(factsProgram(MARK, { updates }));
  const at = Date.now();
  const ran = runThrough('sh', readerLine(shell), inputFor(program, 'rest\n'), env);
  const answeredAt = Date.now();
  expect(ran).toMatchObject({ status: 0, error: '' });
  const all = Buffer.from(ran.output, 'latin1').toString().split('\n');
  expect([all[0], all.at(-2), all.at(-1)]).toEqual([`${MARK} begin`, `${MARK} end`, '']);
  expect(all.slice(0, -1).every((line) => line.startsWith(`${MARK} `))).toBe(true);
  const lines = all.slice(1, -2).map((line) => line.slice(MARK.length + 1));
  return { lines, facts: parseFacts(lines, { at, answeredAt }), at, answeredAt };
}

interface Answer {
  readonly lines: readonly string[];
  readonly facts: Facts | null;
  readonly at: number;
  readonly answeredAt: number;
}

function same(program: string): string {
  return program;
}

/** Programs that say what is given; a folder to have ahead in PATH. */
function programs(named: Readonly<Record<string, string>>): string {
  const bin = mkdtempSync(join(folder, 'bin-'));
  for (const [name, body] of Object.entries(named)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  return bin;
}

/** Says a text, whatever it is asked. */
function saying(text: string): string {
  return `cat <<'END'\n${text}\nEND`;
}

function path(bin: string): Readonly<Record<string, string>> {
  return { PATH: `${bin}:${process.env['PATH'] ?? ''}` };
}

/** A path at which nothing is. */
function absent(): string {
  return join(folder, 'absent');
}

/** A file of the host's, of its own. */
function file(content: string): string {
  const name = join(mkdtempSync(join(folder, 'file-')), 'file');
  writeFileSync(name, content);
  return name;
}

function output(name: string, ...args: readonly string[]): string {
  return execFileSync(name, args, {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  }).trim();
}

describe.each(SHELLS)('in %s, this machine', (shell) => {
  let answer: Answer;
  let facts: Facts;
  beforeAll(() => {
    answer = ask(shell, { env: { TZ: 'XST-5:30' } });
    if (answer.facts === null) throw new Error('no facts');
    ({ facts } = answer);
  });

  test('says what system it is', () => {
    const release = readFileSync('/etc/os-release', 'utf8');
    const value = (key: string): string | null =>
      new RegExp(`^${key}="?([^"\n]*)"?$`, 'mu').exec(release)?.[1] ?? null;
    expect(facts.os).toEqual({
      id: value('ID'),
      name: value('PRETTY_NAME'),
      version: value('VERSION_ID'),
      codename: value('VERSION_CODENAME'),
      family: 'linux',
    });
    expect(facts.kernel).toEqual({
      release: output('uname', '-r'),
      version: output('uname', '-v'),
    });
    expect(facts.architecture).toBe(output('uname', '-m'));
    expect(facts.hostname).toBe(hostname());
  });

  test('says what it has', () => {
    const swap = /^SwapTotal: +(\d+)/mu.exec(readFileSync('/proc/meminfo', 'latin1'))?.[1];
    const model = /^model name\s*: (.*)$/mu.exec(readFileSync('/proc/cpuinfo', 'latin1'))?.[1];
    expect(facts.cpu).toEqual({
      count: Number(output('nproc', '--all')),
      model: model?.trim() ?? null,
    });
    expect(availableParallelism()).toBeLessThanOrEqual(facts.cpu.count ?? 0);
    expect(facts.memory.total).toBe(totalmem());
    const { used, free } = facts.memory;
    expect((used ?? 0) + (free ?? 0)).toBe(totalmem());
    expect(free).toBeGreaterThan(0);
    expect(facts.swap.total).toBe(Number(swap) * 1024);
  });

  test('says where its disks are', () => {
    const root = output('df', '-k', '--output=source,fstype,size,target', '/').split('\n')[1];
    const [source, type, size] = (root ?? '').split(/\s+/u);
    expect(facts.disks.find(({ mount }) => mount === '/')).toMatchObject({
      source,
      type,
      total: Number(size) * 1024,
    });
    expect(facts.disks.map((disk) => disk.type)).not.toContain('tmpfs');
    expect(new Set(facts.disks.map((disk) => disk.source)).size).toBe(facts.disks.length);
  });

  test('says its addresses', () => {
    const known = output('ip', '-br', 'addr')
      .split('\n')
      .flatMap((line) => {
        const [name, , ...words] = line.trim().split(/\s+/u);
        return words.filter((word) => word.includes('/')).map((word) => `${name} ${word}`);
      });
    expect(known).toContain('lo 127.0.0.1/8');
    const found = facts.addresses.map((one) => `${one.interface} ${one.address}/${one.prefix}`);
    expect(found.toSorted()).toEqual(known.toSorted());
  });

  test('says the time, its load, and since when it is up', () => {
    const { now, offset, utcOffset } = facts.time;
    expect(Date.parse(now ?? '')).toBeGreaterThanOrEqual(answer.at - 1);
    expect(Date.parse(now ?? '')).toBeLessThanOrEqual(answer.answeredAt + 1);
    expect(Math.abs(offset ?? 9)).toBeLessThanOrEqual(
      (answer.answeredAt - answer.at) / 2000 + 0.002,
    );
    expect(utcOffset).toBe(19_800);
    const up = Number(readFileSync('/proc/uptime', 'latin1').split(' ')[0]);
    expect(Math.abs(up - (facts.uptime ?? 0))).toBeLessThan(60);
    expect(facts.load?.one).toBeGreaterThanOrEqual(0);
  });
});

describe.each(SHELLS)('in %s, any host', (shell) => {
  test('does not run what is in os-release', () => {
    const release = file(
      'ID=$(echo x)\nPRETTY_NAME="a\\nb `echo y`"\n; echo z\nVERSION_ID=\'1 %s\'',
    );
    const { facts } = ask(shell, {
      change: (program) => program.replaceAll('/etc/os-release', release),
    });
    expect(facts?.os).toMatchObject({ id: '$(echo x)', name: 'a\\nb `echo y`', version: '1 %s' });
  });

  test('has odd names', () => {
    const odd = String.raw`/dev/a\tb\c%s$x'"` + '`é\u0001\u{1F600}`* ?';
    const df = saying(`Filesystem Type 1024-blocks Used Available Capacity Mounted on
${odd} ext4 100 50 50 50% /mnt/a  b \\n*`);
    const who = saying(
      '-n pts/0 2026-01-01 10:00\n* pts/1\n\\c pts/2\n/* \n/*\nann pts/3\nann pts/4',
    );
    const { facts, lines } = ask(shell, { env: path(programs({ df, who })) });
    expect(lines.some((line) => line.startsWith(`df-type ${odd} ext4`))).toBe(true);
    expect(facts?.disks[0]?.mount).toBe('/mnt/a  b \\n*');
    expect(facts?.users).toEqual(['*', '-n', '/*', '\\c', 'ann']);
  });

  test('keeps what comes next on its input, and its language, from its programs', () => {
    const who = 'cat; echo "$LC_ALL pts/0"';
    expect(ask(shell, { env: path(programs({ who })) }).facts?.users).toEqual(['C']);
  });

  test('waits for a restart, or does not', () => {
    const there = file('');
    const asked = (at: string): Facts | null =>
      ask(shell, { change: (program) => program.replaceAll('/var/run/reboot-required', at) }).facts;
    expect(asked(there)?.rebootRequired).toBe(true);
    expect(asked(`${there}-not`)?.rebootRequired).toBe(false);
  });

  test('has a clock without fractions', () => {
    const date = 'case $1 in *%N) echo "1700000000 -0330 N" ;; esac';
    const { facts } = ask(shell, { env: path(programs({ date })) });
    expect(facts?.time).toMatchObject({
      now: '2023-11-14T22:13:20.000Z',
      utcOffset: -12_600,
    });
  });

  test('has no df that tells types', () => {
    const df = `case $1 in *T*) exit 1 ;; esac\n${saying('/dev/sda1 100 20 80 20% /')}`;
    const { facts } = ask(shell, { env: path(programs({ df })) });
    expect(facts?.disks).toMatchObject([{ source: '/dev/sda1', type: null, usedPercent: 20 }]);
  });

  test('has neither ip nor ifconfig', () => {
    const { facts } = ask(shell, {
      change: (text) => text.replaceAll(/muster_has (?:ip|ifconfig)\b/gu, 'false'),
    });
    const known = ask(shell).facts?.addresses ?? [];
    const bare = (list: Facts['addresses']): readonly string[] =>
      list.map((one) => `${one.interface} ${one.address}/${one.prefix}`).toSorted();
    expect(bare(facts?.addresses ?? [])).toEqual(bare(known));
  });

  test('has only ifconfig', () => {
    const { facts } = ask(shell, {
      change: (text) => text.replaceAll(/muster_has ip\b/gu, 'false'),
      env: path(
        programs({
          ifconfig: saying(
            'en0: flags=1 mtu 1500\n\tether 02:00\n\tinet 10.1.2.3 netmask 0xffff0000',
          ),
        }),
      ),
    });
    expect(facts?.addresses).toEqual([
      { interface: 'en0', address: '10.1.2.3', family: 'ipv4', prefix: 16 },
    ]);
  });

  test('runs systemd', () => {
    const failed = 'a\\x2db.service loaded failed failed A\n● c.mount loaded failed failed C';
    const systemd = (systemctl: string): Facts | null =>
      ask(shell, {
        change: (text) => text.replaceAll('/run/systemd/system', '/'),
        env: path(programs({ systemctl })),
      }).facts;
    expect(systemd(saying(failed))?.services).toEqual({
      manager: 'systemd',
      failed: ['a\\x2db.service', 'c.mount'],
    });
    expect(systemd('exit 0')?.services.failed).toEqual([]);
    expect(systemd('exit 1')?.services.failed).toBeNull();
  });

  test('runs OpenRC, or another', () => {
    const failed = mkdtempSync(join(folder, 'failed-'));
    writeFileSync(join(failed, 'net.eth0'), '');
    const services = (...changes: readonly (readonly [string, string])[]): unknown =>
      ask(shell, {
        change: (text) =>
          [['/run/systemd/system', absent()] as const, ...changes].reduce(
            (all, [from, to]) => all.replaceAll(from, to),
            text,
          ),
        env: path(programs({ 'rc-status': saying('chronyd') })),
      }).facts?.services;
    expect(services(['/run/openrc/softlevel', file('')], ['/run/openrc/failed', failed])).toEqual({
      manager: 'openrc',
      failed: ['chronyd', 'net.eth0'],
    });
    expect(services(['/proc/1/comm', file('runit\n')])).toEqual({ manager: 'runit', failed: null });
    expect(services(['/proc/1/comm', file('init\n')], ['/etc/init.d', folder])).toEqual({
      manager: 'sysvinit',
      failed: null,
    });
    expect(services(['/proc/1/comm', file('sh\n')])).toEqual({ manager: null, failed: null });
  });

  test('has a kernel that has been replaced, and its own package manager', () => {
    const modules = mkdtempSync(join(folder, 'modules-'));
    mkdirSync(join(modules, '0.1'));
    writeFileSync(join(modules, '0.1', 'modules.dep'), '');
    const replaced = (loaded: string): Facts | null =>
      ask(shell, {
        change: (text) =>
          text
            .replaceAll('/lib/modules', modules)
            .replaceAll('/proc/modules', file(loaded))
            .replaceAll('/var/lib/dpkg/status', absent())
            .replaceAll('/run/reboot', absent())
            .replaceAll(/\/\.dockerenv|\/run\/systemd\/container|\/proc\/1\/environ/gu, absent()),
        env: path(programs({ dnf: 'exit 1' })),
      }).facts;
    expect(replaced('ext4 1 1 - Live 0\n')).toMatchObject({
      rebootRequired: true,
      packages: { manager: 'dnf' },
    });
    expect(replaced('')?.rebootRequired).toBeNull();
    mkdirSync(join(modules, output('uname', '-r')));
    expect(replaced('ext4 1 1 - Live 0\n')?.rebootRequired).toBeNull();
  });

  test('is a container, or a guest', () => {
    const place = file('podman\n');
    const within = ask(shell, {
      change: (text) => text.replaceAll('/run/systemd/container', place),
    });
    expect(within.facts?.virtualization).toBe('podman');
    const dmi = mkdtempSync(join(folder, 'dmi-'));
    writeFileSync(join(dmi, 'sys_vendor'), 'VMware, Inc.\n');
    const guest = ask(shell, {
      change: (text) =>
        text
          .replaceAll('/sys/class/dmi/id', dmi)
          .replaceAll(/\/\.dockerenv|\/proc\/1\/environ|\/run\/systemd\/container/gu, absent()),
    });
    expect(guest.facts).toMatchObject({
      virtualization: 'vmware',
      hardware: { vendor: 'VMware, Inc.' },
    });
    const environ = file('A=1\0B=\n2\0container=lxc\0C=3');
    const told = ask(shell, {
      change: (text) =>
        text
          .replaceAll(/\/\.dockerenv|\/run\/systemd\/container/gu, absent())
          .replaceAll('/proc/1/environ', environ),
    });
    expect(told.facts?.virtualization).toBe('lxc');
  });

  test('is a Mac', () => {
    const { facts } = ask(shell, { env: path(programs(MACOS_PROGRAMS)) });
    expect(facts).toMatchObject({
      os: { id: 'macos', version: '14.1', family: 'darwin' },
      memory: { total: 17_179_869_184 },
      services: { manager: 'launchd', failed: null },
      hardware: { vendor: 'Apple Inc.', model: 'MacBookPro18,1', serial: 'C02ABCDEFGHJ' },
      virtualization: 'none',
    });
    expect(facts?.addresses.map((one) => `${one.interface} ${one.address}/${one.prefix}`)).toEqual([
      'lo0 127.0.0.1/8',
      'lo0 fe80::1/64',
      'en0 10.0.0.5/24',
    ]);
    expect(facts?.disks.map(({ mount, type }) => `${mount} ${type}`)).toEqual([
      '/ apfs',
      '/System/Volumes/Data apfs',
      '/Volumes/My Disk smbfs',
    ]);
  });

  test('is FreeBSD', () => {
    const { facts } = ask(shell, { env: path(programs(FREEBSD_PROGRAMS)) });
    expect(facts).toMatchObject({
      os: { family: 'freebsd' },
      cpu: { count: 4, model: 'Intel(R) Xeon(R) CPU E5-2670' },
      swap: { total: 2_147_483_648, used: 1_048_576 },
      services: { manager: 'rc', failed: null },
      hardware: { vendor: 'QEMU', model: 'Standard PC (Q35 + ICH9, 2009)' },
      rebootRequired: true,
      virtualization: 'kvm',
    });
  });
});

describe.each(SHELLS)('in %s, what may be newer', (shell) => {
  interface Host {
    readonly manager: string;
    readonly bin: Readonly<Record<string, string>>;
    readonly changes?: readonly (readonly [string, string])[];
  }
  const there = (): string => {
    const lists = mkdtempSync(join(folder, 'lists-'));
    for (const name of ['x_Packages.lz4', 'APKINDEX.1.tar.gz', 'core.db'])
      writeFileSync(join(lists, name), '');
    return lists;
  };
  const packages = ({ manager, bin, changes = [] }: Host): Facts | null =>
    ask(shell, {
      updates: true,
      env: path(programs(bin)),
      change: (text) =>
        changes.reduce(
          (all, [from, to]) => all.replaceAll(from, to),
          text.replace(/^muster_find_manager$/mu, `muster_manager=${manager}`),
        ),
    }).facts;

  test('is counted of apt', () => {
    const list =
      saying(`Inst libc6 [2.36-9] (2.36-9+deb12u3 Debian:12.4/stable, Debian-Security:12/stable-security [amd64])
Inst libx-security-java [1] (2 Debian:12.4/stable [all])
Conf libc6 (2.36-9+deb12u3 Debian:12.4/stable [amd64])`);
    const apt = { manager: 'apt', bin: { 'apt-get': list } };
    expect(packages({ ...apt, changes: [['/var/lib/apt/lists', there()]] })?.packages).toEqual({
      manager: 'apt',
      updates: 2,
      securityUpdates: 1,
    });
    const nothing = { manager: 'apt', updates: null, securityUpdates: null };
    expect(packages({ ...apt, changes: [['/var/lib/apt/lists', absent()]] })?.packages).toEqual(
      nothing,
    );
    const failing = { manager: 'apt', bin: { 'apt-get': 'exit 100' } };
    expect(packages({ ...failing, changes: [['/var/lib/apt/lists', there()]] })?.packages).toEqual(
      nothing,
    );
  });

  test('is counted of dnf', () => {
    const dnf = `case $* in *--security*) echo; echo "bash.x86_64 5.1 baseos"; exit 100 ;; esac
${saying(`
bash.x86_64      5.1.8-6.el9    baseos
a-very-long-name-of-a-package.noarch
                 1:2.0-1.el9    appstream
Security: kernel-core-5.14.0 is an installed security update
Obsoleting Packages
grub2.x86_64     1:2.06         baseos`)}
exit 100`;
    const restarting = saying(
      'Core libraries have been updated\n\nReboot is required to fully utilize these updates.',
    );
    const changes: Host['changes'] = [['/run/reboot', absent()]];
    const facts = packages({
      manager: 'dnf',
      bin: { dnf, 'needs-restarting': restarting },
      changes,
    });
    expect(facts?.packages).toEqual({ manager: 'dnf', updates: 2, securityUpdates: 1 });
    expect(facts?.rebootRequired).toBe(true);
    const none = packages({
      manager: 'dnf',
      bin: { dnf: 'exit 0', 'needs-restarting': 'echo necessary' },
      changes,
    });
    expect(none?.packages).toEqual({ manager: 'dnf', updates: 0, securityUpdates: 0 });
    expect(none?.rebootRequired).toBe(false);
    const failing = packages({ manager: 'dnf', bin: { dnf: 'echo a.b; exit 1' }, changes });
    expect(failing?.packages.updates).toBeNull();
  });

  test('is counted of others', () => {
    const lists = there();
    const updates = (manager: string, said: string, changes: Host['changes'] = []): unknown =>
      packages({ manager, bin: { [manager]: saying(said) }, changes })?.packages.updates;
    const zypper = `S | Repository | Name | Current Version | Available Version | Arch
--+------------+------+-----------------+-------------------+-------
v | Main       | vim  | 9.0             | 9.1               | x86_64`;
    expect(updates('zypper', zypper)).toBe(1);
    const apk =
      'Installed:          Available:\nbusybox-1.36.1-r5  < 1.36.1-r7\nmusl-1.2.4-r2 < 1.2.4-r3';
    expect(updates('apk', apk, [['/var/cache/apk', lists]])).toBe(2);
    expect(updates('apk', apk, [['/var/cache/apk', absent()]])).toBeNull();
    const pacman = 'linux 6.6.1-1 -> 6.6.2-1\nvim 9.0-1 -> 9.1-1 [ignored]';
    expect(updates('pacman', pacman, [['/var/lib/pacman/sync', lists]])).toBe(1);
    expect(updates('brew', 'git\njq')).toBe(2);
    const pkg = 'curl-8.4.0   <   needs updating (remote has 8.5.0)';
    expect(updates('pkg', pkg, [['[ -x /usr/local/sbin/pkg ]', 'true']])).toBe(1);
  });
});

test('packages are not asked about unless they are wanted', () => {
  expect(factsProgram(MARK, { updates: false })).not.toContain('apt-get -s');
  expect(factsProgram(MARK, { updates: true })).toContain('apt-get -s');
});

test('files that are not there are no answer', () => {
  mkdirSync(join(folder, 'empty'), { recursive: true });
  const bare = ask('dash', {
    change: (program) =>
      program.replaceAll(
        /(?<![\w}])\/(?:proc|usr\/lib|sys|etc|run|var|lib)\b/gu,
        join(folder, 'empty'),
      ),
  });
  expect(bare.facts).toMatchObject({
    os: { id: null, family: 'linux' },
    cpu: { count: null, model: null },
    memory: { total: null, used: null, free: null },
    load: null,
    services: { manager: null, failed: null },
    rebootRequired: null,
  });
});
