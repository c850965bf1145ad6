import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assemble, type AlgorithmNames } from '../../../src/targets/ssh-config/algorithms.ts';
import { isYes } from '../../../src/targets/ssh-config/arguments.ts';
import { loadSshConfig } from '../../../src/targets/ssh-config/load.ts';
import { temporaryFolder } from '../../setup/run-folder.ts';
import { refusal } from '../support.ts';
import { CONFIGS, REFUSED, type Config } from './configs.ts';
import { randomConfig } from './random-config.ts';

const run = promisify(execFile);
const { homedir: home, username: user, uid } = userInfo();
const ENV = { FOO: '/foo', BAR: 'bar', BAZ: 'baz', LC_ALL: 'C', LANG: 'C', PATH: '/usr/bin:/bin' };
let folder = '';
let algorithms: Readonly<Record<string, AlgorithmNames>> = {};

beforeAll(async () => {
  folder = temporaryFolder('ssh-g');
  const there = ['a', 'b', 'c', 'a%', 'with blank', 'web1-x-bob-9', 'a-cert.pub'];
  for (const name of there) writeFileSync(join(folder, name), '');
  const defaults = await askSsh({ what: '', text: '' }, 'web1', 'empty');
  const known = async (kind: string): Promise<readonly string[]> =>
    (await run('ssh', ['-Q', kind])).stdout.trim().split('\n');
  const named = async (key: string, kind: string): Promise<AlgorithmNames> => ({
    defaults: (defaults.get(key)?.[0] ?? '').split(','),
    all: await known(kind),
  });
  algorithms = {
    ciphers: await named('ciphers', 'cipher'),
    kexalgorithms: await named('kexalgorithms', 'kex'),
    macs: await named('macs', 'mac'),
    hostkeyalgorithms: await named('hostkeyalgorithms', 'HostKeyAlgorithms'),
  };
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('ssh_config means what ssh -G says', () => {
  test.each(CONFIGS.map((config, index) => ({ config, index })))(
    '$config.what',
    async ({ index, config }) => {
      for (const host of config.hosts ?? ['web1']) {
        const theirs = await askSsh(config, host, String(index));
        expect(ours(config, host, String(index)), host).toEqual(fromSsh(theirs));
      }
    },
  );

  test('on more than 60 configurations', () => {
    expect(CONFIGS.length).toBeGreaterThan(60);
  });

  test('on configurations that nobody has thought of', async () => {
    await fc.assert(
      fc.asyncProperty(randomConfig(), async (config) => {
        const [host] = config.hosts;
        const theirs = await askSsh(config, host, 'random').catch(() => null);
        if (theirs === null) await refusal(() => ours(config, host, 'random'));
        else expect(ours(config, host, 'random')).toEqual(fromSsh(theirs));
      }),
      { numRuns: 20 },
    );
  });
});

describe('ssh refuses, and so do we', () => {
  test.each(REFUSED.map((config, index) => ({ config, index })))(
    '$config.what',
    async ({ index, config }) => {
      const name = `refused-${String(index)}`;
      await expect(askSsh(config, 'web1', name)).rejects.toThrow(/./u);
      const error = await refusal(() => ours(config, 'web1', name));
      expect(error.code).toBe('ssh-config');
      expect(error.message).toMatch(config.message);
    },
  );
});

/** What both sides are compared by. */
type Meaning = Readonly<Record<string, unknown>>;

function ours(config: Config, host: string, name: string): Meaning {
  const { file, args } = written(config, name);
  const after = (letter: string): readonly string[] =>
    args.flatMap((arg, at) => (args[at - 1] === letter ? [arg] : []));
  const local = { home, cwd: folder, user, uid, hostName: hostname(), env: ENV };
  const ssh = loadSshConfig(
    { file, options: after('-o'), matchExec: false, decided: new Set() },
    local,
  );
  const [login = null] = after('-l');
  const [port] = after('-p');
  const query = {
    name: host,
    address: null,
    user: login,
    port: port === undefined ? null : Number(port),
    isHop: false,
  };
  const lookup = ssh.lookup(query);
  const place = {
    name: host,
    address: (lookup.address?.value ?? host).toLowerCase(),
    user: login ?? lookup.user?.value ?? user,
    port: query.port ?? lookup.port?.value ?? 22,
  };
  const reached = ssh.reach(lookup, place);
  const proxy = reached.proxy();
  const settings = reached.settings(proxy, true);
  const raw = (key: string): string | null => lookup.obtained.first.get(key)?.args[0] ?? null;
  const listed = Object.keys(algorithms).map((key): readonly [string, string] => {
    const text = raw(key);
    const names = algorithms[key] ?? { defaults: [], all: [] };
    return [key, text === null ? names.defaults.join(',') : assemble(text, names).join(',')];
  });
  const way = proxy?.kind === 'jump' ? proxy.hops.join(',') : '';
  const command = proxy?.kind === 'command' ? proxy.directive.rest : null;
  return {
    ...Object.fromEntries(listed),
    hostname: place.address,
    user: place.user,
    port: place.port,
    identities: reached.identities?.value ?? [],
    certificates: settings.certificates,
    jump: way.replaceAll(/[[\]]/gu, ''),
    command: command === null ? null : command.replace(/^[ =]+/u, ''),
    knownHosts: settings.knownHosts ?? DEFAULT_KNOWN_HOSTS,
    hostKeyAlias: settings.hostKeyAlias,
    hostKeys: settings.hostKeys ?? 'strict',
    connectTimeoutMs: settings.connectTimeoutMs,
    keepalive: settings.keepalive ?? { intervalMs: 0, missed: 3 },
    env: settings.env,
    addressFamily: settings.addressFamily,
    bindAddress: settings.bindAddress,
    compression: settings.compression,
    tty: settings.tty,
    identitiesOnly: settings.identitiesOnly,
    agent: settings.agent,
    forwardAgent: isYes(raw('forwardagent') ?? 'no'),
  };
}

function fromSsh(theirs: ReadonlyMap<string, readonly string[]>): Meaning {
  const one = (key: string): string | null => theirs.get(key)?.[0] ?? null;
  const every = (key: string): readonly string[] => theirs.get(key) ?? [];
  const [hostName, login, port] = ['hostname', 'user', 'port'].map((key) => one(key) ?? '');
  // ssh prints these as they were written.
  const files = (key: string): readonly string[] =>
    every(key)
      .map((path) =>
        path
          .replace(/^~\//u, `${home}/`)
          .replaceAll(
            /%(.)/gu,
            (_, letter: string) => tokens(hostName, login, port)[letter] ?? '?',
          ),
      )
      .filter((path) => existsSync(path));
  const words = (key: string): readonly string[] =>
    (one(key) ?? '')
      .split(' ')
      .filter((word) => word !== '' && word !== 'none')
      .map((path) => path.replace(/^~\//u, `${home}/`));
  const interval = Number(one('serveraliveinterval'));
  const timeout = Number(one('connecttimeout'));
  const agent = one('identityagent');
  return {
    ...Object.fromEntries(Object.keys(algorithms).map((key) => [key, one(key)])),
    hostname: hostName,
    user: login,
    port: Number(port),
    identities: files('identityfile'),
    certificates: files('certificatefile'),
    jump: (one('proxyjump') ?? '').replaceAll(/[[\]]/gu, '').replace('ssh://', ''),
    command: one('proxycommand'),
    knownHosts: [...words('userknownhostsfile'), ...words('globalknownhostsfile')],
    hostKeyAlias: one('hostkeyalias'),
    hostKeys:
      { false: 'off', 'accept-new': 'accept-new' }[one('stricthostkeychecking') ?? ''] ?? 'strict',
    connectTimeoutMs: Number.isNaN(timeout) || timeout === 0 ? null : timeout * 1000,
    // The count means nothing without an interval.
    keepalive: {
      intervalMs: interval * 1000,
      missed: interval === 0 ? 3 : Number(one('serveralivecountmax')),
    },
    env: environment(every('sendenv'), every('setenv')),
    addressFamily: { inet: 4, inet6: 6 }[one('addressfamily') ?? ''] ?? null,
    bindAddress: one('bindaddress'),
    compression: one('compression') === 'yes',
    tty: { true: 'yes', false: 'no' }[one('requesttty') ?? ''] ?? one('requesttty'),
    identitiesOnly: one('identitiesonly') === 'yes',
    agent:
      agent === null || agent === 'SSH_AUTH_SOCK'
        ? null
        : { socket: agent === 'none' ? null : agent },
    forwardAgent: one('forwardagent') === 'yes',
  };
}

const tokens = (h = '', r = '', p = ''): Readonly<Record<string, string>> => ({
  h,
  r,
  p,
  n: 'web1',
  '%': '%',
});

function environment(sent: readonly string[], set: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const pattern of sent) {
    const wanted = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'u');
    for (const [name, value] of Object.entries(ENV)) if (wanted.test(name)) found[name] = value;
  }
  for (const text of set)
    found[text.slice(0, text.indexOf('='))] = text.slice(text.indexOf('=') + 1);
  return found;
}

/** What `ssh -G` prints, by key. */
async function askSsh(
  config: Config,
  host: string,
  name: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { file, args } = written(config, name);
  const { stdout } = await run('ssh', ['-G', '-F', file, ...args, '--', host], {
    cwd: folder,
    env: ENV,
  });
  const found = new Map<string, string[]>();
  for (const line of stdout.trim().split('\n')) {
    const [key = ''] = line.split(' ');
    found.set(key, [...(found.get(key) ?? []), line.slice(key.length + 1)]);
  }
  return found;
}

function written(
  { text, files = {}, args = [] }: Config,
  name: string,
): { file: string; args: readonly string[] } {
  const own = join(folder, 'configs', name);
  const filled = (content: string): string =>
    content
      .replaceAll(/DIR\/(?=config|in\b|one|two|last|d\/|\*|\[|none|[ab]\.conf)/gu, `${own}/`)
      .replaceAll('DIR', folder)
      .replaceAll('ME', user);
  for (const [path, content] of Object.entries({ config: text, ...files })) {
    mkdirSync(dirname(join(own, path)), { recursive: true });
    writeFileSync(join(own, path), filled(content), { mode: 0o600 });
  }
  return { file: join(own, 'config'), args: args.map(filled) };
}

const DEFAULT_KNOWN_HOSTS: readonly string[] = [
  `${home}/.ssh/known_hosts`,
  `${home}/.ssh/known_hosts2`,
  '/etc/ssh/ssh_known_hosts',
  '/etc/ssh/ssh_known_hosts2',
];
