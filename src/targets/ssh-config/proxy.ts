import { nameFault, parseHostName } from '../host-name.ts';
import { withoutUris } from '../inventory/jump.ts';
import { shown } from '../nodeset/fault.ts';
import { jumpText, parseProxyJump } from './arguments.ts';
import { splitCommand } from './command-words.ts';
import { fault, placeOfDirective, type Directive } from './directive.ts';
import { expand, proxyTokens, type Tokens, type Variables } from './tokens.ts';

/** How a host is reached, where somebody says so. */
export type Proxy =
  | { readonly kind: 'jump'; readonly hops: readonly string[]; readonly directive: Directive }
  | { readonly kind: 'command'; readonly words: readonly string[]; readonly directive: Directive };

/** What the first of ProxyJump and ProxyCommand says; `none` is a jump over nothing. Throws ConfigError. */
export function proxyOf(
  first: ReadonlyMap<string, Directive>,
  tokens: Tokens,
  local: { readonly home: string; readonly env: Variables },
): Proxy | null {
  const jump = first.get('proxyjump');
  const directive = first.get('proxycommand');
  if (directive === undefined) {
    return jump === undefined
      ? null
      : { kind: 'jump', hops: hopsOf(jump, tokens), directive: jump };
  }
  const place = placeOfDirective(directive);
  const command = directive.rest.replace(/^[ \t=]+/u, '');
  if (command.toLowerCase() === 'none') return { kind: 'jump', hops: [], directive };
  const split = splitCommand(command, local.home, local.env);
  if ('problem' in split) {
    throw fault(
      place,
      `ProxyCommand needs a shell, for ${split.problem}`,
      'no shell is used: put the command into a script of its own, and name that here',
    );
  }
  const own = proxyTokens(tokens);
  const fail = (problem: string): Error => fault(place, `ProxyCommand ${problem}`);
  return {
    kind: 'command',
    words: split.words.map((word) => expand(word, own, null, fail)),
    directive,
  };
}

function hopsOf(directive: Directive, tokens: Tokens): readonly string[] {
  const known = HOPS.get(directive);
  if (known !== undefined) return known;
  const place = placeOfDirective(directive);
  const fail = (problem: string): Error => fault(place, `ProxyJump ${problem}`);
  const said = withoutUris(jumpText(directive));
  const hops = parseProxyJump(expand(said, proxyTokens(tokens), null, fail));
  if (typeof hops === 'string') throw fault(place, `ProxyJump: ${hops}`);
  if (!directive.rest.includes('%')) HOPS.set(directive, hops);
  return hops;
}

/** Of ProxyJump what `%j` stands for: the host that is nearest to the target (`parse_jump` in OpenSSH's readconf.c). */
export function lastJump(directive: Directive | undefined): string {
  const hops = directive === undefined ? [] : parseProxyJump(jumpText(directive));
  const last = typeof hops === 'string' ? undefined : hops.at(-1);
  if (last === undefined) return '';
  const parsed = parseHostName(last);
  return typeof parsed === 'string' ? '' : parsed.host;
}

/** What HostName makes of a host's name. Throws ConfigError for what is no name of a host. */
export function hostNameOf(directive: Directive | undefined, name: string): string {
  if (directive === undefined) return name;
  const place = placeOfDirective(directive);
  const [text = ''] = directive.args;
  const fail = (problem: string): Error => fault(place, `HostName ${problem}`);
  const address = expand(
    text,
    (letter) => (letter === 'h' ? name : undefined),
    null,
    fail,
  ).toLowerCase();
  const problem = nameFault(address);
  if (problem !== null) throw fault(place, `HostName ${shown(address)} ${problem}`);
  return address;
}

/** What is the same for every host of which it is said. */
const HOPS = new WeakMap<Directive, readonly string[]>();
