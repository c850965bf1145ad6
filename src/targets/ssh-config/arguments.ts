import { parsePort } from '../host-name.ts';
import { parseJump, withoutUris } from '../inventory/jump.ts';

/** What the arguments of a keyword have to look like. */
type Shape =
  | 'flag'
  | 'time'
  | 'integer'
  | 'port'
  | 'text'
  | 'files'
  | 'command'
  | 'jump'
  | 'algorithms'
  | 'variables'
  | 'assignments'
  | readonly string[];

/** Why these cannot be the arguments of this keyword, or null. What we do not honour is not looked at. */
export function argumentFault(
  keyword: string,
  args: readonly string[],
  rest: string,
): string | null {
  const shape = SHAPES.get(keyword);
  if (rest === '') return 'needs a value';
  if (shape === undefined || shape === 'command') return null;
  if (shape === 'jump') return jumpFault(jumpText({ args, rest }));
  const [value = '', ...more] = args;
  if (shape === 'files') return filesFault(args);
  if (shape === 'variables') {
    return args.every((name) => name !== '' && !name.includes('='))
      ? null
      : 'takes the names of variables';
  }
  if (shape === 'assignments') {
    return args.every((text) => text.indexOf('=') > 0) ? null : 'takes NAME=VALUE';
  }
  if (value === '') return 'needs a value';
  return more.length > 0 ? 'takes one value' : valueFault(value, shape);
}

/** `yes`, `no`, in any case. */
export function isYes(value: string): boolean {
  return /^(?:yes|true)$/iu.test(value);
}

/** Seconds (TIME FORMATS in sshd_config(5): `90`, `1m30s`, `2h`); null: `none`, or no time at all. */
export function parseTime(text: string): number | null {
  if (!TIME.test(text)) return null;
  let seconds = 0;
  for (const [, number = '', unit = 's'] of text.matchAll(/(\d+)([smhdw]?)/giu)) {
    seconds += Number(number) * (SECONDS[unit.toLowerCase()] ?? 1);
  }
  return seconds;
}

/** As the inventory takes jump hosts; `none` in any case, and a comment behind them. */
export function parseProxyJump(text: string): readonly string[] | string {
  if (PLAIN_HOP.test(text)) return text.toLowerCase() === 'none' ? [] : [text];
  const plain = text.replace(/#.*$/su, '').trim();
  return parseJump(plain.replace(/^none$/iu, 'none'));
}

/** ProxyJump as it was written, or within quotes, which ssh leaves to the shell that it runs. */
export function jumpText({
  args,
  rest,
}: {
  readonly args: readonly string[];
  readonly rest: string;
}): string {
  return /["']/u.test(rest) ? args.join(' ') : rest;
}

function valueFault(value: string, shape: Shape): string | null {
  switch (shape) {
    case 'flag':
      return FLAG.test(value) ? null : 'takes yes or no';
    case 'time':
      return value === 'none' || parseTime(value) !== null
        ? null
        : 'takes a time, like 30 or 1m30s';
    case 'integer':
      return /^\d{1,10}$/u.test(value) && Number(value) < 2 ** 31 ? null : 'takes a number';
    case 'port':
      return parsePort(value.replace(/^\+?0*/u, '')) === null
        ? 'takes a port from 1 to 65535'
        : null;
    case 'algorithms':
      return ALGORITHMS.test(value) ? null : 'takes names, separated by commas';
    case 'text':
      return /\p{Cc}/u.test(value) ? 'holds a control character' : null;
    case 'files':
    case 'command':
    case 'jump':
    case 'variables':
    case 'assignments':
      return null;
    default:
      return shape.includes(value.toLowerCase()) ? null : `takes one of ${shape.join(', ')}`;
  }
}

function filesFault(args: readonly string[]): string | null {
  if (args.includes('')) return 'has an empty name';
  const none = args.some((name) => name.toLowerCase() === 'none');
  return none && args.length > 1 ? 'has none beside others' : null;
}

/** Tokens are expanded later, when they stand for something. */
function jumpFault(rest: string): string | null {
  const hops = parseProxyJump(withoutUris(rest).replaceAll(/%[%hnpr]/gu, '1'));
  return typeof hops === 'string' ? hops : null;
}

/** One host, without anything else: parsing would find nothing wrong. */
const PLAIN_HOP = /^[A-Za-z0-9][A-Za-z0-9.-]{0,200}$/u;
const FLAG = /^(?:yes|no|true|false)$/iu;
const TIME = /^(?:\d{1,9}[smhdw])*(?:\d{1,9}[smhdw]?)$/iu;
const SECONDS: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
};
/** Names of RFC 4250 section 4.6.1, and patterns of them. */
const ALGORITHMS = /^[-+^]?[\w@.*?+-]+(?:,[\w@.*?+-]+)*$/u;
const SHAPES: ReadonlyMap<string, Shape> = new Map<string, Shape>([
  ['addressfamily', ['any', 'inet', 'inet6']],
  ['bindaddress', 'text'],
  ['canonicalizehostname', ['yes', 'no', 'true', 'false', 'always', 'none']],
  ['certificatefile', 'text'],
  ['ciphers', 'algorithms'],
  ['compression', ['yes', 'no']],
  ['connecttimeout', 'time'],
  ['forwardagent', 'text'],
  ['globalknownhostsfile', 'files'],
  ['hashknownhosts', 'flag'],
  ['hostkeyalgorithms', 'algorithms'],
  ['hostkeyalias', 'text'],
  ['hostname', 'text'],
  ['identitiesonly', 'flag'],
  ['identityagent', 'text'],
  ['identityfile', 'text'],
  ['ignoreunknown', 'text'],
  ['kexalgorithms', 'algorithms'],
  ['macs', 'algorithms'],
  ['port', 'port'],
  ['proxycommand', 'command'],
  ['proxyjump', 'jump'],
  ['refuseconnection', 'command'],
  ['requesttty', ['yes', 'no', 'true', 'false', 'force', 'auto']],
  ['sendenv', 'variables'],
  ['serveralivecountmax', 'integer'],
  ['serveraliveinterval', 'time'],
  ['setenv', 'assignments'],
  ['stricthostkeychecking', ['yes', 'no', 'true', 'false', 'ask', 'off', 'accept-new']],
  ['tag', 'text'],
  ['user', 'text'],
  ['userknownhostsfile', 'files'],
]);
