import { shown } from '../nodeset/fault.ts';
import type { Condition, Criterion, CriterionName, HostPattern } from './block.ts';
import { fault, placeOfDirective, type Directive } from './directive.ts';
import { splitCriteria } from './lines.ts';

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
  const words = splitCriteria(directive.rest);
  if (words === null) throw fault(place, 'a quote is not closed');
  const criteria: Criterion[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const text = words[at] ?? '';
    if (text === '') break;
    const negated = text.startsWith('!');
    const name = nameOf((negated ? text.slice(1) : text).toLowerCase());
    if (name === null) throw fault(place, `Match does not know ${shown(text)}`);
    if (name === 'all' && (criteria.length > 1 || (words[at + 1] ?? '') !== '')) {
      throw fault(place, 'Match all stands alone, or behind final or canonical');
    }
    const argument = ALONE.has(name) ? '' : words[(at += 1)];
    if (argument === undefined || (argument === '' && !MAY_BE_EMPTY.has(name))) {
      throw fault(place, `Match ${name} needs a value`);
    }
    criteria.push({ name, negated, argument });
  }
  if (criteria.length === 0) throw fault(place, 'Match needs a criterion');
  return { kind: 'match', criteria, place };
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
