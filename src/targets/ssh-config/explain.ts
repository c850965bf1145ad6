import type { SshSettings } from '../../model/ssh-settings.ts';
import { OUR_ALGORITHMS } from './algorithms.ts';
import { sourceOf } from './directive.ts';
import type { Obtained } from './gathering.ts';

/** One setting as people read it. */
export interface ExplainedSetting {
  readonly name: string;
  readonly value: string;
  readonly source: string;
}

/** What ssh_config says of a host beside who and where it is, and where it says so. */
export function explainSettings(
  settings: SshSettings,
  { first, every }: Obtained,
): readonly ExplainedSetting[] {
  const rows: ExplainedSetting[] = [];
  for (const [name, keywords, text] of SETTINGS) {
    const value = text(settings);
    if (value === null) continue;
    const said = keywords.flatMap((keyword) => every.get(keyword) ?? first.get(keyword) ?? []);
    const sources = [...new Set(said.map(sourceOf))];
    if (sources.length > 0) rows.push({ name, value, source: sources.join(', ') });
  }
  return rows;
}

/** The same settings where nobody speaks of them and they are what they are all the same. */
export const BUILT_IN_SETTINGS: readonly Omit<ExplainedSetting, 'source'>[] = [
  { name: 'hashed-names', value: 'no' },
  { name: 'identities-only', value: 'no' },
  { name: 'forward-agent', value: 'no' },
  { name: 'keepalive', value: keepaliveText({ intervalMs: 15_000, missed: 3 }) },
  { name: 'address-family', value: 'any' },
  { name: 'ciphers', value: OUR_ALGORITHMS.ciphers.defaults.join(', ') },
  { name: 'kex', value: OUR_ALGORITHMS.kexalgorithms.defaults.join(', ') },
  { name: 'macs', value: OUR_ALGORITHMS.macs.defaults.join(', ') },
  {
    name: 'host-key-types',
    // Certificates of these are asked for only where an authority vouches for the host.
    value: OUR_ALGORITHMS.hostkeyalgorithms.defaults
      .filter((name) => !name.includes('-cert-'))
      .join(', '),
  },
  { name: 'compression', value: 'no' },
  { name: 'tty', value: 'auto' },
];

type Text = (settings: SshSettings) => string | null;

const SETTINGS: readonly (readonly [name: string, keywords: readonly string[], text: Text])[] = [
  [
    'proxy-command',
    ['proxycommand'],
    ({ proxyCommand }) => proxyCommand && proxyCommand.map(word).join(' '),
  ],
  ['host-keys', ['stricthostkeychecking'], ({ hostKeys }) => hostKeys],
  [
    'known-hosts',
    ['userknownhostsfile', 'globalknownhostsfile'],
    ({ knownHosts }) => list(knownHosts, ', '),
  ],
  ['hashed-names', ['hashknownhosts'], ({ hashKnownHosts }) => yesNo(hashKnownHosts)],
  ['host-key-alias', ['hostkeyalias'], ({ hostKeyAlias }) => hostKeyAlias],
  ['certificate', ['certificatefile'], ({ certificates }) => list(certificates, ', ')],
  ['identities-only', ['identitiesonly'], ({ identitiesOnly }) => yesNo(identitiesOnly)],
  ['agent', ['identityagent'], ({ agent }) => agent && (agent.socket ?? 'none')],
  ['forward-agent', ['forwardagent'], ({ forwardAgent }) => yesNo(forwardAgent)],
  ['connect-timeout', ['connecttimeout'], ({ connectTimeoutMs }) => seconds(connectTimeoutMs)],
  [
    'keepalive',
    ['serveraliveinterval', 'serveralivecountmax'],
    ({ keepalive }) => keepalive && keepaliveText(keepalive),
  ],
  ['env', ['sendenv', 'setenv'], ({ env }) => variables(env)],
  [
    'address-family',
    ['addressfamily'],
    ({ addressFamily }) => addressFamily && `IPv${String(addressFamily)}`,
  ],
  ['bind-address', ['bindaddress'], ({ bindAddress }) => bindAddress],
  ['ciphers', ['ciphers'], ({ ciphers }) => list(ciphers, ', ')],
  ['kex', ['kexalgorithms'], ({ kex }) => list(kex, ', ')],
  ['macs', ['macs'], ({ macs }) => list(macs, ', ')],
  [
    'host-key-types',
    ['hostkeyalgorithms'],
    ({ hostKeyAlgorithms }) => list(hostKeyAlgorithms, ', '),
  ],
  ['compression', ['compression'], ({ compression }) => yesNo(compression)],
  ['tty', ['requesttty'], ({ tty }) => tty],
];

function list(values: readonly string[] | null, separator: string): string | null {
  if (values === null) return null;
  return values.length === 0 ? 'none' : values.join(separator);
}

function keepaliveText({ intervalMs, missed }: NonNullable<SshSettings['keepalive']>): string {
  if (intervalMs === 0) return 'none';
  return `every ${String(intervalMs / 1000)} s, ${String(missed)} missed`;
}

/** A word of a command, in quotes where it would not be seen to be one. */
function word(text: string): string {
  return /^[^\s"'\\]+$/u.test(text) ? text : JSON.stringify(text);
}

function yesNo(value: boolean): string {
  return value ? 'yes' : 'no';
}

function seconds(ms: number | null): string | null {
  return ms === null ? null : `${String(ms / 1000)} s`;
}

/** Names alone: a value may be a secret. */
function variables(env: Readonly<Record<string, string>>): string | null {
  const names = Object.keys(env);
  return names.length === 0 ? null : names.join(', ');
}
