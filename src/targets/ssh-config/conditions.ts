import { hintFor } from '../near-miss.ts';
import { shown } from '../nodeset/fault.ts';
import type { Condition, Criterion, CriterionName, HostPattern } from './block.ts';
import { fault, placeOfDirective, type Directive } from './directive.ts';

/** `Host`: patterns, some of them negated. Throws ConfigError. */
export function parseHost(directive: Directive): Condition {
  const patterns: HostPattern[] = [];
  for (const text of directive.args) {
    if (text === '') throw fault(placeOfDirective(directive), 'Host has an empty pattern');
    const negated = text.startsWith('!');
    patterns.push({ negated, pattern: negated ? text.slice(1) : text });
  }
  return { kind: 'host', patterns };
}

/** `Match`: criteria that have to hold together. Throws ConfigError. */
export function parseMatch(directive: Directive): Condition {
  const place = placeOfDirective(directive);
  const words = [...directive.args];
  const criteria: Criterion[] = [];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const negated = word.startsWith('!');
    const [text = '', attached] =
      /^([^=]*)(?:=(.*))?$/su.exec(negated ? word.slice(1) : word)?.slice(1) ?? [];
    const name = nameOf(text.toLowerCase());
    if (name === null) throw fault(place, `Match does not know ${shown(word)}`, nearName(text));
    if (name === 'all' && (criteria.length > 1 || (words[0] ?? '') !== '')) {
      throw fault(place, 'Match all stands alone, or behind final or canonical');
    }
    const argument = ALONE.has(name) ? '' : argumentOf(attached, words);
    if (argument === undefined || (argument === '' && !MAY_BE_EMPTY.has(name))) {
      throw fault(place, `Match ${name} needs a value`);
    }
    criteria.push({ name, negated, argument });
  }
  if (criteria.length === 0) throw fault(place, 'Match needs a criterion');
  return { kind: 'match', criteria, place };
}

/** `host=web1` and `host web1`; up to OpenSSH 9.8 blanks could stand around the `=`. Takes what it needs from `words`. */
function argumentOf(attached: string | undefined, words: string[]): string | undefined {
  if (attached !== undefined && attached !== '') return attached;
  const next = words.shift();
  if (attached !== undefined || next === undefined || !next.startsWith('='))
    return next ?? attached;
  return next === '=' ? words.shift() : next.slice(1);
}

function nearName(text: string): string | undefined {
  return hintFor(text.toLowerCase(), NAMES).hint;
}

function nameOf(text: string): CriterionName | null {
  return NAMES.find((name) => name === text) ?? null;
}

const ALONE: ReadonlySet<CriterionName> = new Set<CriterionName>(['all', 'final', 'canonical']);
const MAY_BE_EMPTY: ReadonlySet<CriterionName> = new Set<CriterionName>([
  ...ALONE,
  'tagged',
  'command',
]);
const NAMES: readonly CriterionName[] = [
  'all',
  'final',
  'canonical',
  'host',
  'originalhost',
  'user',
  'localuser',
  'tagged',
  'exec',
  'localnetwork',
  'version',
  'command',
  'sessiontype',
];
