import type { Argv } from 'yargs';
import type { OptionSpec } from './options/spec.ts';
import { parseNumber } from './numbers.ts';
import { nearMiss } from '../targets/near-miss.ts';
import { usageError } from './usage-error.ts';

/** The options given to one verb, checked, with defaults in place. Asking for one the verb has not is a defect of ours. */
export interface Values {
  /** Whether the verb has this option. */
  has(name: string): boolean;
  /** Whether it was given, defaults aside. */
  given(name: string): boolean;
  flag(name: string): boolean;
  /** How often it was given. */
  count(name: string): number;
  /** null: not given, and there is no default. */
  text(name: string): string | null;
  many(name: string): readonly string[];
  number(name: string): number | null;
}

/** Tells yargs about a verb's options. */
export function declareOptions(yargs: Argv, specs: readonly OptionSpec[]): Argv {
  return specs.reduce(
    (builder, spec) => builder.option(spec.name, { type: yargsType(spec) }),
    yargs,
  );
}

function yargsType(spec: OptionSpec): 'string' | 'boolean' | 'count' {
  if (spec.takes === 'flag') return 'boolean';
  return spec.takes === 'count' ? 'count' : 'string';
}

/** Checks what yargs read: each value's kind, its range, and that nothing is said twice that can only be said once. */
export function valuesOf(
  parsed: Readonly<Record<string, unknown>>,
  specs: readonly OptionSpec[],
): Values {
  const byName = new Map(specs.map((spec) => [spec.name, spec]));
  const given = new Map(specs.map((spec) => [spec.name, checked(spec, parsed[spec.name])]));
  const all = (name: string): readonly string[] => {
    const values = given.get(name);
    if (values === undefined) throw new Error(`option --${name} is not one of this verb's`);
    return values;
  };
  const text = (name: string): string | null =>
    all(name).at(-1) ?? byName.get(name)?.default ?? null;
  return {
    has: (name) => byName.has(name),
    given: (name) => all(name).length > 0,
    flag: (name) => all(name).length > 0,
    count: (name) => all(name).length,
    text,
    many: all,
    number: (name) => {
      const value = text(name);
      return value === null ? null : Number(value);
    },
  };
}

function checked(spec: OptionSpec, raw: unknown): readonly string[] {
  if (spec.takes === 'flag') return raw === undefined || raw === false ? [] : ['true'];
  if (spec.takes === 'count') return Array.from({ length: Number(raw ?? 0) }, () => 'true');
  const values = raw === undefined ? [] : (Array.isArray(raw) ? raw : [raw]).map(String);
  if (spec.takes === 'one' && values.length > 1) {
    throw usageError(`--${spec.name} is given ${values.length} times`, 'it can be given once');
  }
  for (const value of values) checkValue(spec, value);
  return values;
}

function checkValue(spec: OptionSpec, value: string): void {
  if (value.trim() === '') throw usageError(`--${spec.name} needs a value, and got an empty one`);
  if (spec.number !== undefined) parseNumber(`--${spec.name}`, value, spec.number);
  if (spec.choices !== undefined && !spec.choices.includes(value)) {
    const near = nearMiss(value, spec.choices);
    throw usageError(
      `--${spec.name}: "${value}" is none of ${spec.choices.join(', ')}`,
      near === null ? null : `did you mean ${near}?`,
    );
  }
}
