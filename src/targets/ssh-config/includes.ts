import { statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { shown } from '../nodeset/fault.ts';
import { fault, placeOfDirective, type Directive } from './directive.ts';
import { expandGlob, isGlob } from './glob.ts';
import { expand, type Tokens, type Variables } from './tokens.ts';

/** What names of included files may refer to. */
export interface IncludeContext {
  readonly home: string;
  /** Files are read once for all hosts: only what is the same for all of them stands for something. */
  readonly tokens: Tokens;
  readonly env: Variables;
}

/**
 * The files that an Include names, in order; those that are not there are none. Folders that a pattern finds beside files are
 * passed over, as ssh does. Throws ConfigError for a name that cannot be.
 */
export function includedPaths(
  directive: Directive,
  { home, tokens, env }: IncludeContext,
): readonly string[] {
  const { args, origin } = directive;
  const place = placeOfDirective(directive);
  const isUsers = origin.level === 'user';
  const fail = (problem: string): Error =>
    fault(place, `Include ${problem}`, 'files are read once, for all hosts: %d %i %L %l %u %%');
  return args.flatMap((text) => {
    if (text === '') throw fault(place, 'Include has an empty name');
    const pattern = expand(text, tokens, env, fail);
    if (pattern.startsWith('~') && (!isUsers || !/^~(?:\/|$)/u.test(pattern))) {
      throw fault(place, `Include cannot have the path ${shown(pattern)}`);
    }
    const folder = isUsers ? join(home, '.ssh') : SYSTEM_FOLDER;
    const path = pattern.startsWith('~') ? join(home, pattern.slice(1)) : pattern;
    const whole = isAbsolute(path) ? path : join(folder, path);
    const found = expandGlob(whole);
    return isGlob(whole) ? found.filter((one) => !isFolder(one)) : found;
  });
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

const SYSTEM_FOLDER = '/etc/ssh';
