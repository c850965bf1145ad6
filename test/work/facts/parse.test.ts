import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { safeLine } from '../../../src/base/safe-text.ts';
import type { Facts } from '../../../src/model/facts.ts';
import { parseFacts } from '../../../src/work/facts/parse.ts';
import { FREEBSD_TEXTS, MACOS_TEXTS } from './hosts.ts';

const AT = Date.UTC(2023, 10, 14, 22, 13, 20);
const ASKED = { at: AT - 100, answeredAt: AT + 100 };
const LINUX = 'uname Linux web1 6.1.0-13-amd64 #1 SMP Debian 6.1.55-1 (2023-09-29) x86_64';

/** Facts of a Linux host that says this too. */
function facts(...lines: readonly string[]): Facts {
  return of([LINUX, ...lines]);
}

function of(lines: readonly string[], asked = ASKED): Facts {
  const found = parseFacts(lines, asked);
  if (found === null) throw new Error('no facts');
  return found;
}

/** The lines of a text under a key. */
function under(key: string, text: string): readonly string[] {
  return text.split('\n').map((line) => `${key} ${line}`);
}

const DEBIAN = [
  'time 1700000000 +0100 250000000',
  LINUX,
  'os PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"',
  'os VERSION_ID="12"',
  'os VERSION_CODENAME=bookworm',
  'os ID=debian',
  'uptime 72144.01 26484.62',
  'load 0.52 0.58 0.59 1/467 12345',
  'who ann      pts/0        2023-11-14 21:00 (10.0.0.1)',
  'who root     tty1         2023-11-14 20:00',
  'who ann      pts/1        2023-11-14 21:01 (10.0.0.1)',
  'cpus 0-3,6',
  'cpu AMD EPYC 7B13',
  'hypervisor flag',
  'mem MemTotal: 1000',
  'mem MemFree: 100',
  'mem MemAvailable: 600',
  'mem SwapTotal: 50',
  'mem SwapFree: 20',
  'dmi sys_vendor QEMU',
  'dmi product_name Standard PC (i440FX + PIIX, 1996)',
  'dmi product_serial Not Specified',
  'clocks kvm-clock tsc acpi_pm',
  'services systemd',
  'services-asked',
  'failed nginx.service loaded failed failed A high performance web server',
  'failed ● a\\x2db.service loaded failed failed B',
  'ip 1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever',
  'ip 2: eth0@if5    inet6 fe80::1/64 scope link \\       valid_lft forever preferred_lft forever',
  'ip 3: ppp0    inet 10.0.0.1 peer 10.0.0.2/32 scope global ppp0',
  'manager apt',
  'reboot yes',
  'updates 12',
  'security 3',
  'df-type Filesystem     Type  1024-blocks   Used Available Capacity Mounted on',
  'df-type /dev/vda1      ext4        1000    301       599      34% /',
] as const;

test('a Debian with systemd', () => {
  expect(of(DEBIAN)).toEqual({
    os: {
      id: 'debian',
      name: 'Debian GNU/Linux 12 (bookworm)',
      version: '12',
      codename: 'bookworm',
      family: 'linux',
    },
    kernel: { release: '6.1.0-13-amd64', version: '#1 SMP Debian 6.1.55-1 (2023-09-29)' },
    architecture: 'x86_64',
    hostname: 'web1',
    cpu: { count: 5, model: 'AMD EPYC 7B13' },
    memory: { total: 1_024_000, used: 409_600, free: 614_400 },
    swap: { total: 51_200, used: 30_720, free: 20_480 },
    disks: [
      {
        mount: '/',
        source: '/dev/vda1',
        type: 'ext4',
        total: 1_024_000,
        used: 308_224,
        free: 613_376,
        usedPercent: 34,
      },
    ],
    addresses: [
      { interface: 'lo', address: '127.0.0.1', family: 'ipv4', prefix: 8 },
      { interface: 'eth0', address: 'fe80::1', family: 'ipv6', prefix: 64 },
      { interface: 'ppp0', address: '10.0.0.1', family: 'ipv4', prefix: 32 },
    ],
    uptime: 72_144.01,
    load: { one: 0.52, five: 0.58, fifteen: 0.59 },
    users: ['ann', 'root'],
    time: { now: '2023-11-14T22:13:20.250Z', offset: 0.25, utcOffset: 3600 },
    packages: { manager: 'apt', updates: 12, securityUpdates: 3 },
    rebootRequired: true,
    services: { manager: 'systemd', failed: ['a\\x2db.service', 'nginx.service'] },
    virtualization: 'kvm',
    hardware: { vendor: 'QEMU', model: 'Standard PC (i440FX + PIIX, 1996)', serial: null },
  });
});

test('an Alpine with busybox', () => {
  const found = of([
    'time 1700000000 +0000 ',
    'uname Linux alp 6.6.31-0-lts #1-Alpine SMP PREEMPT_DYNAMIC Fri, 17 May 2024 x86_64',
    'os ID=alpine',
    'os VERSION_ID=3.20.1',
    'os PRETTY_NAME="Alpine Linux v3.20"',
    'services openrc',
    'services-asked',
    'failed chronyd',
    ...under(
      'ip',
      `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN qlen 1000\\    link/loopback
1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever`,
    ),
    ...under(
      'df-type',
      `Filesystem           Type       1024-blocks    Used Available Capacity Mounted on
devtmpfs             devtmpfs         10240         0     10240   0% /dev
/dev/vda3            ext4          20000000   1000000  18000000   5% /`,
    ),
    'manager apk',
    'modules here',
    'updates 0',
  ]);
  expect(found).toMatchObject({
    os: { id: 'alpine', name: 'Alpine Linux v3.20', version: '3.20.1', codename: null },
    kernel: { version: '#1-Alpine SMP PREEMPT_DYNAMIC Fri, 17 May 2024' },
    services: { manager: 'openrc', failed: ['chronyd'] },
    addresses: [{ interface: 'lo', address: '127.0.0.1', prefix: 8 }],
    packages: { manager: 'apk', updates: 0, securityUpdates: null },
    rebootRequired: false,
    virtualization: 'none',
  });
  expect(found.disks.map(({ mount }) => mount)).toEqual(['/']);
});

test('a RHEL, and one of old', () => {
  const found = of([
    'uname Linux r9 5.14.0-362.el9.x86_64 #1 SMP PREEMPT_DYNAMIC x86_64',
    'os ID="rhel"',
    'os VERSION_ID="9.3"',
    'os PRETTY_NAME="Red Hat Enterprise Linux 9.3 (Plow)"',
    'dmi sys_vendor Dell Inc.',
    'dmi product_name PowerEdge R640',
    'dmi product_serial ABC1234',
    'manager dnf',
    'modules here',
    'services systemd',
  ]);
  expect(found).toMatchObject({
    os: { id: 'rhel', name: 'Red Hat Enterprise Linux 9.3 (Plow)', version: '9.3' },
    packages: { manager: 'dnf', updates: null },
    rebootRequired: null,
    services: { manager: 'systemd', failed: null },
    hardware: { vendor: 'Dell Inc.', model: 'PowerEdge R640', serial: 'ABC1234' },
    virtualization: 'none',
  });
  expect(facts('redhat CentOS release 6.10 (Final)').os).toEqual({
    id: 'centos',
    name: 'CentOS release 6.10 (Final)',
    version: '6.10',
    codename: null,
    family: 'linux',
  });
});

test('values of os-release are words of a shell', () => {
  const name = (word: string): string | null => facts('os ID=x', `os PRETTY_NAME=${word}`).os.name;
  expect(name(String.raw`"a \"b\" \$c \\d \e"`)).toBe(String.raw`a "b" $c \d \e`);
  expect(name(String.raw`'a "b" \$c'`)).toBe(String.raw`a "b" \$c`);
  expect(name(String.raw`a\ b`)).toBe('a b');
  expect(name('"')).toBeNull();
});

test('macOS', () => {
  const { uname, ...texts } = MACOS_TEXTS;
  const lines = Object.entries(texts).flatMap(([key, text]) => under(key, text));
  const found = of(['time 1700000000 -0800 N', `uname ${uname}`, ...lines]);
  expect(found).toMatchObject({
    os: { id: 'macos', name: 'macOS 14.1', version: '14.1', codename: null, family: 'darwin' },
    kernel: { release: '23.1.0' },
    architecture: 'arm64',
    hostname: 'mac.local',
    cpu: { count: 10, model: 'Apple M1 Pro' },
    memory: { total: 17_179_869_184, free: 33_000 * 16_384 },
    swap: { total: 2_147_483_648, used: 1_074_266_112, free: 1_073_217_536 },
    uptime: 3600,
    load: { one: 1.63, five: 2.01, fifteen: 1.95 },
    time: { utcOffset: -28_800 },
    rebootRequired: null,
    virtualization: 'none',
  });
});

test('FreeBSD, and a jail of it', () => {
  const lines = [
    'time 1700000000 +0000 N',
    `uname ${FREEBSD_TEXTS.uname}`,
    ...under('freebsd', FREEBSD_TEXTS['freebsd-version']),
    ...under('sysctl', FREEBSD_TEXTS.sysctl),
    ...under('swapinfo', FREEBSD_TEXTS.swapinfo),
    ...under('kenv', FREEBSD_TEXTS.kenv),
    ...under('df-type', FREEBSD_TEXTS.df),
  ];
  const found = of(lines);
  expect(found).toMatchObject({
    os: { id: 'freebsd', name: 'FreeBSD 14.0-RELEASE-p5', version: '14.0', family: 'freebsd' },
    architecture: 'amd64',
    cpu: { count: 4, model: 'Intel(R) Xeon(R) CPU E5-2670' },
    memory: { total: 8_589_934_592, free: 150_000 * 4096 },
    swap: { total: 2_147_483_648, used: 1_048_576, free: 2_146_435_072 },
    uptime: 3600,
    load: { one: 0.31, five: 0.29, fifteen: 0.27 },
    hardware: { vendor: 'QEMU', model: 'Standard PC (Q35 + ICH9, 2009)', serial: null },
    virtualization: 'kvm',
    rebootRequired: true,
  });
  expect(found.disks.map(({ source }) => source)).toEqual(['zroot/ROOT/default', 'zroot/usr/home']);
  const jailed = of(lines.map((line) => line.replace('jailed: 0', 'jailed: 1')));
  expect(jailed).toMatchObject({ virtualization: 'jail', rebootRequired: null });
  const same = of(lines.map((line) => line.replace('RELEASE-p3', 'RELEASE')));
  expect(same.rebootRequired).toBe(false);
});

describe('disks', () => {
  const mounts = (...lines: readonly string[]): readonly string[] =>
    facts(...lines.map((line) => `df-type ${line}`)).disks.map((disk) => disk.mount);

  test('are those that are backed by something, each once', () => {
    expect(
      mounts(
        '/dev/sda1 ext4 100 1 99 1% /var/lib/kubelet/pods/volume',
        '/dev/sda1 ext4 100 1 99 1% /data',
        '/dev/sda1 ext4 100 1 99 1% /data/more',
        'tmpfs tmpfs 100 1 99 1% /run',
        '/dev/loop0 squashfs 100 100 0 100% /snap/core/1',
        'overlay overlay 100 1 99 1% /var/lib/docker/overlay2/x/merged',
        'server:/export/with blank nfs4 100 1 99 1% /mnt/a 1 2 3 4% /b',
        'proc proc 0 0 0 - /proc',
      ),
    ).toEqual(['/data', '/mnt/a 1 2 3 4% /b']);
    expect(mounts('overlay overlay 100 1 99 1% /')).toEqual(['/']);
  });

  test('without types go by their sources', () => {
    const { disks } = facts('df tmpfs 9 1 8 12% /run', 'df my disk 200 1 99 1% /');
    expect(disks).toMatchObject([{ source: 'my disk', type: null, total: 204_800 }]);
  });

  test('are used as df says, rounded up', () => {
    const percent = (used: number, free: number): number | undefined =>
      facts(`df /dev/sda 1000 ${used} ${free} 0% /`).disks[0]?.usedPercent;
    expect([percent(1, 999), percent(500, 500), percent(0, 1000), percent(1000, -50)]).toEqual([
      1, 50, 0, 100,
    ]);
    expect(percent(0, 0)).toBe(0);
  });
});

test('addresses of either ifconfig', () => {
  const bsd = `lo0: flags=8049<UP,LOOPBACK,RUNNING,MULTICAST> mtu 16384
	inet 127.0.0.1 netmask 0xff000000
	inet6 ::1 prefixlen 128
	inet6 fe80::1%lo0 prefixlen 64 scopeid 0x1
vtnet0: flags=8863<UP> metric 0 mtu 1500
	inet 10.0.0.5/24 broadcast 10.0.0.255`;
  expect(facts(...under('ifconfig', bsd)).addresses).toEqual([
    { interface: 'lo0', address: '127.0.0.1', family: 'ipv4', prefix: 8 },
    { interface: 'lo0', address: '::1', family: 'ipv6', prefix: 128 },
    { interface: 'lo0', address: 'fe80::1', family: 'ipv6', prefix: 64 },
    { interface: 'vtnet0', address: '10.0.0.5', family: 'ipv4', prefix: 24 },
  ]);
  const old = `eth0:1    Link encap:Ethernet  HWaddr 02:00:00:00:00:01
          inet addr:10.0.0.5  Bcast:10.0.0.255  Mask:255.255.255.0
          inet6 addr: fe80::5/64 Scope:Link`;
  expect(facts(...under('ifconfig', old)).addresses).toEqual([
    { interface: 'eth0:1', address: '10.0.0.5', family: 'ipv4', prefix: 24 },
    { interface: 'eth0:1', address: 'fe80::5', family: 'ipv6', prefix: 64 },
  ]);
});

test('addresses of /proc/net', () => {
  const { addresses } = facts(
    'route eth0 000200C0 00FFFFFF',
    'fib 127.0.0.1',
    'fib 192.0.2.2',
    'fib 192.0.2.2',
    'fib 198.51.100.7',
    'inet6 fe8000000000000000fc00fffe000001 04 40 20 80     eth0',
  );
  expect(addresses).toEqual([
    { interface: 'lo', address: '127.0.0.1', family: 'ipv4', prefix: 8 },
    { interface: 'eth0', address: '192.0.2.2', family: 'ipv4', prefix: 24 },
    { interface: '?', address: '198.51.100.7', family: 'ipv4', prefix: null },
    { interface: 'eth0', address: 'fe80::fc:ff:fe00:1', family: 'ipv6', prefix: 64 },
  ]);
});

test('how far the clocks are apart', () => {
  const time = (line: string, at: number, answeredAt: number): Facts['time'] =>
    of([LINUX, `time ${line}`], { at, answeredAt }).time;
  expect(time('1700000000 +0530 123456789', AT - 10, AT + 30)).toEqual({
    now: '2023-11-14T22:13:20.123Z',
    offset: 0.113,
    utcOffset: 19_800,
  });
  expect(time('1700000000 -0030 000000000', AT + 4000, AT + 6000)).toEqual({
    now: '2023-11-14T22:13:20.000Z',
    offset: -5,
    utcOffset: -1800,
  });
  // Somewhere in that second.
  expect(time('1700000000 +0000 %N', AT, AT).offset).toBe(0.5);
  expect(time('x', AT, AT)).toEqual({ now: null, offset: null, utcOffset: null });
});

test.each([
  [['container lxc', 'clocks kvm-clock'], 'lxc'],
  [['dmi sys_vendor Amazon EC2', 'dmi product_name t3.micro', 'clocks kvm-clock'], 'amazon'],
  [['dmi sys_vendor Amazon EC2', 'dmi product_name m5.metal'], 'none'],
  [['dmi sys_vendor Google', 'dmi product_name Google Compute Engine'], 'google'],
  [['dmi sys_vendor VMware, Inc.', 'dmi product_name VMware7,1'], 'vmware'],
  [['dmi sys_vendor innotek GmbH', 'dmi product_name VirtualBox'], 'virtualbox'],
  [['dmi sys_vendor Microsoft Corporation', 'dmi product_name Virtual Machine'], 'microsoft'],
  [['dmi sys_vendor Microsoft Corporation', 'dmi product_name Surface Pro'], 'none'],
  [['dmi sys_vendor Xen', 'dmi product_name HVM domU'], 'xen'],
  [['hypervisor xen'], 'xen'],
  [['dmi sys_vendor QEMU'], 'qemu'],
  [['dmi sys_vendor QEMU', 'clocks tsc kvm-clock'], 'kvm'],
  [['hypervisor flag'], 'vm'],
  [['dmi tree linux,dummy-virt\0'], 'vm'],
  [['dmi tree Raspberry Pi 4 Model B'], 'none'],
  [['clocks tsc kvm-clock'], 'kvm'],
  [['clocks hyperv_clocksource_tsc_page'], 'microsoft'],
  [[], 'none'],
])('%j is %s', (lines, virtualization) => {
  expect(facts(...lines).virtualization).toBe(virtualization);
});

test('a kernel that has been replaced waits for a restart, but not in a container', () => {
  expect(facts('manager dnf', 'modules gone').rebootRequired).toBe(true);
  expect(facts('manager dnf', 'modules gone', 'container lxc').rebootRequired).toBeNull();
  expect(facts('manager pacman', 'modules here').rebootRequired).toBe(false);
  expect(facts('manager apt', 'reboot no').rebootRequired).toBe(false);
  expect(facts('manager dnf').rebootRequired).toBeNull();
});

test('a kernel that does not say what memory is available', () => {
  const lines = ['MemTotal: 100', 'MemFree: 10', 'Buffers: 5', 'Cached: 15'];
  expect(facts(...lines.map((line) => `mem ${line}`)).memory).toEqual({
    total: 102_400,
    used: 71_680,
    free: 30_720,
  });
});

test('only a host that does not say what it is has no facts', () => {
  expect(parseFacts([], ASKED)).toBeNull();
  expect(
    parseFacts(
      DEBIAN.filter((line) => !line.startsWith('uname')),
      ASKED,
    ),
  ).toBeNull();
  expect(parseFacts(['uname '], ASKED)).toBeNull();
  expect(parseFacts(['uname \u001B[31m'], ASKED)).toBeNull();
  expect(of(['uname Linux'])).toMatchObject({
    os: { family: 'linux' },
    kernel: { release: null, version: null },
    architecture: null,
    cpu: { count: null, model: null },
    users: [],
    disks: [],
    services: { manager: null, failed: null },
  });
});

test('lists have an end', () => {
  const many = (line: (at: number) => string): readonly string[] =>
    Array.from({ length: 3000 }, (_, at) => line(at));
  const found = facts(
    'services-asked',
    ...many((at) => `who user${at} pts/0`),
    ...many((at) => `failed unit${at}.service loaded`),
    ...many((at) => `ip 1: eth0 inet 10.0.${at >> 8}.${at & 255}/8`),
    ...many((at) => `df-type /dev/sd${at} ext4 100 1 99 1% /mnt/${at}`),
  );
  expect(found.users).toHaveLength(1024);
  expect(found.services.failed).toHaveLength(1024);
  expect(found.addresses).toHaveLength(1024);
  expect(found.disks).toHaveLength(256);
});

describe('hostile lines', () => {
  const control = fc.constantFrom('\u001B[2J', '\u202E', '\r', '\0', '\u{E0041}', '\u009B', '\t');
  const nasty = fc.string({ unit: fc.oneof(control, fc.string({ unit: 'binary', maxLength: 3 })) });
  const keys = [...new Set(DEBIAN.map((line) => line.split(' ')[0] ?? ''))];
  const others = ['df', 'mount', 'ifconfig', 'fib', 'route', 'inet6', 'sysctl', 'vm_stat', 'kenv'];
  const more = ['swapinfo', 'sw_vers', 'freebsd', 'redhat', 'ioreg', 'container', 'modules'];
  const key = fc.constantFrom(...keys, ...others, ...more);
  const texts = [...DEBIAN, ...Object.values(MACOS_TEXTS).flatMap((text) => text.split('\n'))];
  /** A good line that something has got into. */
  const spoilt = fc
    .tuple(fc.constantFrom(...texts), fc.nat(80), nasty)
    .map(([line, at, odd]) => line.slice(0, at) + odd + line.slice(at));
  const line = fc.oneof(
    nasty,
    spoilt,
    fc.tuple(key, fc.oneof(nasty, spoilt)).map((words) => words.join(' ')),
  );
  const FAMILIES = [LINUX, `uname ${MACOS_TEXTS.uname}`, 'uname FreeBSD a b c d'];

  test('never throw, and give only what is safe', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...FAMILIES),
        fc.array(line, { maxLength: 40 }),
        (first, lines) => {
          const found = of([first, ...lines]);
          for (const leaf of leaves(found)) {
            if (typeof leaf === 'string') expect(safeLine(leaf, 1_024)).toBe(leaf);
            if (typeof leaf === 'number') expect(Math.abs(leaf)).toBeLessThan(2 ** 53);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  test('are bounded', () => {
    const long = 'x'.repeat(100_000);
    const found = facts(`os ID=${long}`, `who ${long}`, `cpu ${long}`, `container ${long}`);
    const lengths = leaves(found).map((leaf) => (typeof leaf === 'string' ? leaf.length : 0));
    expect(Math.max(...lengths)).toBe(255);
  });

  test('are not looked at for long', () => {
    const from = performance.now();
    for (const odd of [' ', '1 ', 'a ', '1  1 ', '/ (', ' on /']) {
      const text = odd.repeat(1000);
      facts(
        ...['df-type', 'df', 'mount', 'ip', 'ifconfig', 'ioreg', 'time'].flatMap((key) =>
          Array.from({ length: 500 }, () => `${key} ${text}`),
        ),
      );
    }
    expect(performance.now() - from).toBeLessThan(5_000);
  });

  test('numbers that are none are not told', () => {
    const found = facts(
      'updates 1e3',
      'security -1',
      'uptime NaN',
      'load 1 2',
      'cpus 0-',
      'mem MemTotal: 99999999999999999999',
      'time 1700000000000000 +9999',
      'df /dev/sda 9999999999999999 1 1 1% /',
      'ip 1: eth0 inet 10.0.0.1/33',
      'ip 1: eth0 inet 300.0.0.1/8',
    );
    expect(found).toMatchObject({
      packages: { updates: null, securityUpdates: null },
      uptime: null,
      load: null,
      cpu: { count: null },
      memory: { total: null, used: null },
      time: { now: null, offset: null, utcOffset: null },
      disks: [],
      addresses: [{ address: '10.0.0.1', prefix: null }],
    });
  });
});

function leaves(value: unknown): readonly unknown[] {
  return typeof value === 'object' && value !== null
    ? Object.values(value).flatMap(leaves)
    : [value];
}
