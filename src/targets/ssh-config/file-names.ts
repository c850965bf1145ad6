import { join, resolve } from 'node:path';
import { fault, placeOfDirective, type Directive } from './directive.ts';
import { expand, type Tokens, type Variables } from './tokens.ts';

/** What names of files are made of. */
export interface NameContext {
  readonly tokens: Tokens;
  readonly home: string;
  readonly cwd: string;
  readonly localUser: string;
  readonly env: Variables;
  readonly exists: (path: string) => boolean;
}

/** A path as it is said, absolute. Throws ConfigError for a token that means nothing, or a variable that is not set. */
export function fileName(text: string, directive: Directive, context: NameContext): string {
  const fail = (problem: string): Error =>
    fault(placeOfDirective(directive), `${directive.keyword} ${problem}`);
  const { home, cwd, localUser, tokens, env } = context;
  const [tilde, user] = /^~([^/]*)/u.exec(text) ?? [];
  if (tilde === undefined) return resolve(cwd, expand(text, tokens, env, fail));
  if (user !== '' && user !== localUser)
    throw fail(`names the home of ${String(user)}: write its path`);
  return join(home, expand(text.slice(tilde.length), tokens, env, fail));
}

/** Of the files that are said those that are there, each once. */
export function filesThere(
  said: readonly Directive[],
  context: NameContext,
): readonly { readonly path: string; readonly directive: Directive }[] {
  const found = new Map<string, Directive>();
  for (const directive of said) {
    const [text = ''] = directive.args;
    if (text.toLowerCase() === 'none') continue;
    const path = fileName(text, directive, context);
    if (!found.has(path) && context.exists(path)) found.set(path, directive);
  }
  return Array.from(found, ([path, directive]) => ({ path, directive }));
}
