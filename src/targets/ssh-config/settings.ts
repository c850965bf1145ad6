import type { SshSettings } from '../../model/ssh-settings.ts';
import { assemble, OUR_ALGORITHMS, type AlgorithmKeyword } from './algorithms.ts';
import { shown } from '../nodeset/fault.ts';
import { isYes, parseTime } from './arguments.ts';
import { fault, placeOfDirective, type Directive } from './directive.ts';
import { fileName, filesThere, type NameContext } from './file-names.ts';
import type { Obtained } from './gathering.ts';
import type { Proxy } from './proxy.ts';
import { environmentOf } from './environment.ts';

/** What the command line has decided for the whole job, so that it is not for a file to say. */
export type Decided = 'host-keys' | 'known-hosts' | 'connect-timeout';

export interface SettingsRequest {
  readonly obtained: Obtained;
  /** How the host is reached, where ssh_config's word counts. */
  readonly proxy: Proxy | null;
  readonly names: NameContext;
  readonly decided: ReadonlySet<Decided>;
  /** What IdentityFile says counts, where it says something. */
  readonly ownKeys: boolean;
}

/** What ssh_config says of a host, as the rest of the program knows it. Throws ConfigError. */
export function settingsOf(request: SettingsRequest): SshSettings {
  const { obtained, proxy, names, decided, ownKeys } = request;
  const { first, every } = obtained;
  const value = (keyword: string): string | null => first.get(keyword)?.args[0] ?? null;
  const seconds = decided.has('connect-timeout') ? null : time(value('connecttimeout'));
  const known = decided.has('known-hosts') ? null : knownHosts(first, names);
  const forward = first.get('forwardagent');
  return {
    hostKeyAlias: value('hostkeyalias')?.toLowerCase() ?? null,
    hostKeys: decided.has('host-keys') ? null : hostKeys(value('stricthostkeychecking')),
    knownHosts: known?.files ?? null,
    knownHostsWrite: known?.write ?? null,
    hashKnownHosts: isYes(value('hashknownhosts') ?? 'no'),
    onlyIdentityFiles: ownKeys && every.has('identityfile'),
    identitiesOnly: isYes(value('identitiesonly') ?? 'no'),
    agent: agentOf(first.get('identityagent'), names),
    certificates: filesThere(every.get('certificatefile') ?? [], names).map(({ path }) => path),
    proxyCommand: proxy?.kind === 'command' ? proxy.words : null,
    // 0 is no limit, which a job cannot have.
    connectTimeoutMs: seconds === null || seconds === 0 ? null : seconds * 1000,
    keepalive: keepalive(value('serveraliveinterval'), value('serveralivecountmax')),
    env: environmentOf(every.get('sendenv') ?? [], first.get('setenv'), names),
    addressFamily: FAMILIES[value('addressfamily')?.toLowerCase() ?? ''] ?? null,
    bindAddress: value('bindaddress'),
    ciphers: algorithms('ciphers', value('ciphers')),
    kex: algorithms('kexalgorithms', value('kexalgorithms')),
    macs: algorithms('macs', value('macs')),
    hostKeyAlgorithms: algorithms('hostkeyalgorithms', value('hostkeyalgorithms')),
    knownKeyTypesFirst: /^[-+]|^$/u.test(value('hostkeyalgorithms') ?? ''),
    compression: isYes(value('compression') ?? 'no'),
    tty: TERMINALS[value('requesttty')?.toLowerCase() ?? ''] ?? 'auto',
    forwardAgent: forward !== undefined && forwards(forward),
  };
}

/**
 * Hosts of which the same is said share this key; null: what is said of this one depends on which host it is.
 */
export function settingsKey(
  { first, every }: Obtained,
  proxy: Proxy | null,
  ownKeys: boolean,
): string | null {
  if (proxy?.kind === 'command') return null;
  let key = ownKeys && every.has('identityfile') ? 'own ' : '';
  for (const [keyword, directive] of first) {
    if (ELSEWHERE.has(keyword)) continue;
    if (EXPANDED.has(keyword) && DEPENDENT.test(directive.rest)) return null;
    key += `${String(directive.position)} `;
  }
  for (const keyword of ['certificatefile', 'sendenv']) {
    for (const { position, rest } of every.get(keyword) ?? []) {
      if (EXPANDED.has(keyword) && DEPENDENT.test(rest)) return null;
      key += `${String(position)} `;
    }
  }
  return key;
}

function time(text: string | null): number | null {
  return text === null ? null : parseTime(text);
}

/** `ask` cannot be: nobody is asked for each of a thousand hosts. */
function hostKeys(text: string | null): SshSettings['hostKeys'] {
  switch (text?.toLowerCase()) {
    case undefined:
      return null;
    case 'no':
    case 'false':
    case 'off':
      return 'off';
    case 'accept-new':
      return 'accept-new';
    default:
      return 'strict';
  }
}

function knownHosts(
  first: Obtained['first'],
  names: NameContext,
): { readonly files: readonly string[]; readonly write: string } | null {
  const [user, global] = [first.get('userknownhostsfile'), first.get('globalknownhostsfile')];
  if (user === undefined && global === undefined) return null;
  // GlobalKnownHostsFile has no tokens.
  const own = filesOf(user, names) ?? OWN_FILES.map((name) => `${names.home}/.ssh/${name}`);
  const files = [...own, ...(filesOf(global, { ...names, tokens: null }) ?? GLOBAL_FILES)];
  // With `UserKnownHostsFile none` nothing is learned for longer than it takes.
  return { files, write: own[0] ?? '/dev/null' };
}

function filesOf(directive: Directive | undefined, names: NameContext): readonly string[] | null {
  if (directive === undefined) return null;
  const said = directive.args.filter((name) => name.toLowerCase() !== 'none');
  return said.map((name) => fileName(name, directive, names));
}

function agentOf(directive: Directive | undefined, names: NameContext): SshSettings['agent'] {
  const [text = ''] = directive?.args ?? [];
  if (directive === undefined || text === 'SSH_AUTH_SOCK') return null;
  if (text.toLowerCase() === 'none') return { socket: null };
  if (!text.startsWith('$') || text.startsWith('${')) {
    return { socket: fileName(text, directive, names) };
  }
  const variable = text.slice(1);
  if (!/^[A-Za-z_]\w*$/u.test(variable)) {
    const problem = `IdentityAgent cannot have the name ${shown(text)}`;
    throw fault(placeOfDirective(directive), problem);
  }
  // As for ssh: where the variable is not set, there is no agent.
  const socket = names.env[variable] ?? '';
  return { socket: socket === '' ? null : socket };
}

function keepalive(interval: string | null, count: string | null): SshSettings['keepalive'] {
  if (interval === null) return null;
  return { intervalMs: (parseTime(interval) ?? 0) * 1000, missed: Number(count ?? 3) };
}

function algorithms(keyword: AlgorithmKeyword, text: string | null): readonly string[] | null {
  return text === null ? null : assemble(text, OUR_ALGORITHMS[keyword]);
}

/** A file alone never hands our agent to a host: whoever wrote the file may not be who runs the job. */
function forwards(directive: Directive): boolean {
  if (directive.origin.level !== 'command line') return false;
  const [text = ''] = directive.args;
  if (/^(?:yes|no|true|false)$/iu.test(text)) return isYes(text);
  throw fault(placeOfDirective(directive), 'ForwardAgent takes yes or no');
}

const FAMILIES: Readonly<Record<string, 4 | 6>> = { inet: 4, inet6: 6 };
const TERMINALS: Readonly<Record<string, SshSettings['tty']>> = {
  yes: 'yes',
  true: 'yes',
  no: 'no',
  false: 'no',
  force: 'force',
};
const OWN_FILES: readonly string[] = ['known_hosts', 'known_hosts2'];
const GLOBAL_FILES: readonly string[] = ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'];
/** What may hold tokens, and those that differ from host to host. */
const EXPANDED: ReadonlySet<string> = new Set([
  'certificatefile',
  'identityagent',
  'userknownhostsfile',
  'setenv',
]);
const DEPENDENT = /%[hnprkCj]/u;
/** What targets have fields of their own for. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  'hostname',
  'user',
  'port',
  'identityfile',
  'proxyjump',
  'proxycommand',
]);
