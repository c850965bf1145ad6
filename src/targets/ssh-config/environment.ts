import { PLAIN_SSH } from '../../model/ssh-settings.ts';
import { fault, placeOfDirective, type Directive } from './directive.ts';
import type { NameContext } from './file-names.ts';
import { matchesPattern } from './patterns.ts';
import { expand } from './tokens.ts';

/**
 * SendEnv from our own environment, then SetEnv, which counts more and whose values may hold tokens and variables. Throws
 * ConfigError.
 */
export function environmentOf(
  sent: readonly Directive[],
  set: Directive | undefined,
  context: NameContext,
): Readonly<Record<string, string>> {
  const { env } = context;
  if (sent.length === 0 && set === undefined) return PLAIN_SSH.env;
  let patterns: string[] = [];
  for (const text of sent.flatMap(({ args }) => args)) {
    if (!text.startsWith('-')) patterns.push(text);
    else patterns = patterns.filter((pattern) => !matchesPattern(pattern, text.slice(1)));
  }
  const found = new Map<string, string>();
  for (const [name, value] of patterns.length === 0 ? [] : Object.entries(env)) {
    if (value === undefined || !patterns.some((pattern) => matchesPattern(name, pattern))) continue;
    found.set(name, value);
  }
  for (const [name, value] of set === undefined ? [] : assigned(set, context))
    found.set(name, value);
  return found.size === 0 ? PLAIN_SSH.env : Object.fromEntries(found);
}

function assigned(set: Directive, { tokens, env }: NameContext): ReadonlyMap<string, string> {
  const fail = (problem: string): Error => fault(placeOfDirective(set), `SetEnv ${problem}`);
  const found = new Map<string, string>();
  for (const text of set.args) {
    const at = text.indexOf('=');
    const [name, value] = [text.slice(0, at), text.slice(at + 1)];
    // Of one name twice the first counts.
    if (found.has(name)) continue;
    found.set(name, tokens === null ? value : expand(value, tokens, env, fail));
  }
  return found;
}
