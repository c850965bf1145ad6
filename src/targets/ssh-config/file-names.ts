import { join, resolve } from 'node:path';
import { fault, placeOfDirective, type Directive } from './directive.ts';
import { nameOf } from './keywords.ts';
import { expand, type Tokens, type Variables } from './tokens.ts';

/** What names of files are made of. */
export interface NameContext {
  /** null: `%` and `$` stand for themselves. */
  readonly tokens: Tokens | null;
  readonly home: string;
  readonly cwd: string;
  readonly localUser: string;
  readonly env: Variables;
  readonly exists: (path: string) => boolean;
}

/** A path as it is said, absolute. Throws ConfigError for a token that means nothing, or a variable that is not set. */
export function fileName(text: string, directive: Directive, context: NameContext): string {
  const fail = (problem: string): Error =>
    fault(placeOfDirective(directive), `${nameOf(directive.keyword)} ${problem}`);
  const { home, cwd, localUser, tokens, env } = context;
  const [tilde, user] = /^~([^/]*)/u.exec(text) ?? [];
  const filled = (part: string): string =>
    tokens === null ? part : expand(part, tokens, env, fail);
  if (tilde === undefined) return resolve(cwd, filled(text));
  if (user !== '' && user !== localUser)
    throw fail(`names the home of ${String(user)}: write its path`);
  return join(home, filled(text.slice(tilde.length)));
}

/** Of the files that are said those that are there, each once. */
export function filesThere(
  said: readonly Directive[],
  context: NameContext,
): readonly { readonly path: string; readonly directive: Directive }[] {
  return there(said, context, (path) => (context.exists(path) ? path : null));
}

/** The same of key files. Where only named keys count, the public half names one that an agent holds. */
export function keysThere(
  said: readonly Directive[],
  context: NameContext,
  onlyNamed: boolean,
): readonly { readonly path: string; readonly directive: Directive }[] {
  return there(said, context, (path) => {
    if (context.exists(path)) return path;
    return onlyNamed && context.exists(`${path}.pub`) ? `${path}.pub` : null;
  });
}

function there(
  said: readonly Directive[],
  context: NameContext,
  find: (path: string) => string | null,
): readonly { readonly path: string; readonly directive: Directive }[] {
  const found = new Map<string, Directive>();
  for (const directive of said) {
    const [text = ''] = directive.args;
    const path = text.toLowerCase() === 'none' ? null : find(fileName(text, directive, context));
    if (path !== null && !found.has(path)) found.set(path, directive);
  }
  return Array.from(found, ([path, directive]) => ({ path, directive }));
}
