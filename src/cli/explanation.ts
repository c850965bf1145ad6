import { userAccess } from '../model/access.ts';
import { JOB_DEFAULTS } from '../model/defaults.ts';
import type { Json } from '../model/json.ts';
import type { Target } from '../model/target.ts';
import { PLAIN_SSH } from '../model/ssh-settings.ts';
import { explainTarget, type SelectionRequest } from '../targets/selection.ts';
import { BUILT_IN_SETTINGS, explainSettings } from '../targets/ssh-config/explain.ts';
import { safeLine, visible } from '../base/safe-text.ts';
import type { Environment } from './environment.ts';

interface Row {
  readonly name: string;
  readonly value: string;
  readonly source: string;
}

/**
 * Each setting of a host, and who says so: the name, the command line, the host, a group, the defaults, a line of
 * ssh_config, or nobody. Long values go on in the next line, so that 80 columns are enough where they can be.
 */
export function explanation(
  name: string,
  request: SelectionRequest,
  environment: Environment,
): string {
  const { target, sources, lookup } = explainTarget(name, request);
  const { address, port, user, identities, jump, vars } = sources;
  const said = lookup === null ? [] : explainSettings(target.ssh ?? PLAIN_SSH, lookup.obtained);
  const unsaid = builtIn(environment).filter((row) => !said.some((one) => one.name === row.name));
  const noKeys = target.ssh?.onlyIdentityFiles === true ? 'none' : 'the default keys';
  const rows: readonly Row[] = [
    { name: 'address', ...address },
    { name: 'port', value: String(port.value), source: port.source },
    { name: 'user', ...user },
    { name: 'identity', ...identities, value: listText(identities.value, noKeys) },
    { name: 'jump', value: listText(target.jump.map(hopText), 'none'), source: jump.source },
    ...said,
    ...unsaid,
    ...vars.map(({ name: variable, value, source }) => {
      return { name: `vars.${variable}`, value: valueText(value), source };
    }),
  ];
  const groups = target.groups.length === 0 ? 'in no group' : `in ${target.groups.join(', ')}`;
  const shown = rows.map(({ name: setting, value, source }) => {
    return { name: setting, value: withTilde(value, environment.home), source };
  });
  return [safeLine(`${target.name}: ${groups}`, WHOLE), ...columns(shown), ''].join('\n');
}

/** A variable as `muster hosts --vars` prints it: `role=primary`; lists, maps and what has blanks as JSON. */
export function variableText([name, value]: readonly [string, Json]): string {
  return `${name}=${valueText(value)}`;
}

/** What holds where nobody speaks of it. */
function builtIn({ home, agent }: Environment): readonly Row[] {
  const access = userAccess({ home, agent });
  const source = 'built-in';
  return [
    { name: 'host-keys', value: access.hostKeys, source },
    { name: 'known-hosts', value: access.knownHosts.join(', '), source },
    { name: 'agent', value: access.agent ?? 'none', source },
    { name: 'connect-timeout', value: `${JOB_DEFAULTS.connectTimeoutMs / 1000} s`, source },
    ...BUILT_IN_SETTINGS.map(({ name, value }) => ({ name, value, source })),
  ];
}

function columns(rows: readonly Row[]): readonly string[] {
  const widest = (texts: readonly string[]): number =>
    Math.max(...texts.map((text) => text.length));
  const names = widest(rows.map((row) => row.name));
  const sources = rows.map(({ source }) => broken(source, SOURCE));
  const room = WIDTH - names - widest(sources.flat()) - 3 * GAP.length;
  const values = rows.map(({ value }) => broken(value, Math.max(NARROWEST, room)));
  const middle = widest(values.flat());
  return rows.flatMap(({ name }, at) => {
    const [left = [], right = []] = [values[at], sources[at]];
    return Array.from({ length: Math.max(left.length, right.length) }, (_, line) => {
      const cells = [
        (line === 0 ? name : '').padEnd(names),
        (left[line] ?? '').padEnd(middle),
        right[line] ?? '',
      ];
      return `${GAP}${visible(cells.join(GAP)).trimEnd()}`;
    });
  });
}

/** Lines of at most so many characters, broken at blanks; a word that is longer stands as it is. */
function broken(text: string, room: number): readonly string[] {
  if (text.length <= room) return [text];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && longer.length > room) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

/** Paths below the home as people write them. */
function withTilde(text: string, home: string): string {
  return text
    .split(', ')
    .map((part) => (part.startsWith(`${home}/`) ? `~${part.slice(home.length)}` : part))
    .join(', ');
}

/** A jump host by its name, and where that leads. */
function hopText({ name, user, address, port }: Target): string {
  return `${name} (${user}@${address}:${String(port)})`;
}

function valueText(value: Json): string {
  return typeof value === 'string' && /^[^\s"'{}[\]]+$/u.test(value)
    ? value
    : JSON.stringify(value);
}

function listText(values: readonly string[], none: string): string {
  return values.length === 0 ? none : values.join(', ');
}

const WHOLE = Number.POSITIVE_INFINITY;
const GAP = '  ';
const WIDTH = 80;
const NARROWEST = 24;
/** `~/.ssh/config:12`, and somewhat more. */
const SOURCE = 28;
