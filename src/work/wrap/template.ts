import { ConfigError } from '../../model/errors.ts';
import type { Json } from '../../model/json.ts';
import type { Target } from '../../model/target.ts';
import { safeLine } from '../../base/safe-text.ts';
import { linePlaces, type LinePlaces, type MarkedLine } from '../line-places.ts';
import { variableText } from './host-variables.ts';

/** The places of a command line that is a template; with `item`, `{}` is one, too. Throws ConfigError. */
export function templatePlaces(line: string, item: boolean): LinePlaces {
  return linePlaces(marked(line, item));
}

/** A text that no shell reads, with its places filled in: by what `made` makes of a value. Throws ConfigError. */
export function fillText(
  text: string,
  target: Target,
  made: (value: string) => string = (value) => value,
): string {
  const { line, names } = marked(text, false);
  const values = names.map((name) => made(templateValue(name, target)));
  return line.split('\0').reduce((done, piece, at) => `${done}${values[at - 1] ?? ''}${piece}`);
}

/** The names that a template has places for. Throws ConfigError. */
export function templateNames(text: string): readonly string[] {
  return marked(text, true).names.filter((name) => name !== '');
}

/** What stands for a name on one host. Throws ConfigError where the host has no such thing. */
export function templateValue(name: string, target: Target): string {
  if (!name.startsWith(VARS)) return FIELDS[name]?.(target) ?? unknown(name);
  const value = variable(target.vars, name.slice(VARS.length));
  if (value === undefined || value === null) {
    throw new ConfigError('usage', safeLine(`${target.name} has no variable for {${name}}`), {
      hint: 'variables are set in the inventory, under vars',
    });
  }
  const text = variableText(value);
  if (text.includes('\0')) {
    throw new ConfigError('usage', safeLine(`${target.name}: {${name}} holds a NUL character`));
  }
  return text;
}

/** By its whole name; else dots lead into maps. */
function variable(vars: Readonly<Record<string, Json>>, name: string): Json | undefined {
  if (Object.hasOwn(vars, name)) return vars[name];
  let value: Json | undefined = vars;
  for (const step of name.split('.')) {
    if (!isMap(value) || !Object.hasOwn(value, step)) return undefined;
    value = value[step];
  }
  return value;
}

function isMap(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** With NUL, which no command line holds, for each place, and literal braces as they are meant. */
function marked(text: string, item: boolean): MarkedLine {
  const names: string[] = [];
  const line = text.replaceAll(BRACES, (found, name: string | undefined) => {
    if (found === '{{' || found === '}}') return found.slice(1);
    if (name === undefined) {
      throw new ConfigError('usage', `the template has a ${found} that is alone`, { hint: HINT });
    }
    if (!(name === '' ? item : name.startsWith(VARS) || Object.hasOwn(FIELDS, name))) {
      return unknown(name);
    }
    names.push(name);
    return '\0';
  });
  return { line, mark: '\0', names };
}

function unknown(name: string): never {
  throw new ConfigError('usage', safeLine(`a template has no {${name}}`), { hint: HINT });
}

const VARS = 'vars.';
const FIELDS: Readonly<Record<string, (target: Target) => string>> = {
  host: ({ name }) => name,
  user: ({ user }) => user,
  address: ({ address }) => address,
  port: ({ port }) => String(port),
};
const BRACES = /\{\{|\}\}|\{([^{}]*)\}|[{}]/gu;
const HINT =
  'places are {host}, {user}, {address}, {port} and {vars.NAME}; a literal brace is {{ or }}';
