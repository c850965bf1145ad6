import { characterFault } from '../host-name.ts';
import { nodeSetError, type Where } from './fault.ts';
import { longestName, parseRanges } from './ranges.ts';
import type { Part, Range, Term } from './syntax.ts';

/** One operand: a name, perhaps with ranges or wildcards, or a group. Throws ConfigError `node-set`. */
export function parseName(text: string, where: Where): Term {
  if (text === '@*') return { kind: 'all', text };
  if (text === '@@') return { kind: 'group-names', text };
  if (!text.startsWith('@')) {
    const parts = partsOf(text, text, where);
    return { kind: /[*?]/u.test(text) ? 'wildcard' : 'names', text, parts };
  }
  const name = text.slice(1);
  if (name === '') throw nodeSetError(where, text, 'names no group');
  if (/[@:*?]/u.test(name)) {
    throw nodeSetError(
      where,
      text,
      'is no group name',
      'a group is @name; @* is every host of the inventory, @@ the names of its groups',
    );
  }
  return { kind: 'group', text, parts: partsOf(name, text, where) };
}

function partsOf(name: string, term: string, where: Where): readonly Part[] {
  const fail = (problem: string): never => {
    throw nodeSetError(where, term, problem);
  };
  const parts: Part[] = [];
  let literal = '';
  let rest = name;
  for (;;) {
    const open = rest.indexOf('[');
    const before = open < 0 ? rest : rest.slice(0, open);
    literal += before;
    if (open < 0) break;
    const close = rest.indexOf(']', open);
    const inside = rest.slice(open + 1, close);
    rest = rest.slice(close + 1);
    if (inside.includes(':')) {
      // An address of IPv6: it is no range, and stays as it is.
      literal += `[${inside}]`;
      continue;
    }
    const ranges = parseRanges(inside);
    if (typeof ranges === 'string') return fail(`is no node set: ${ranges}`);
    const previous = parts.at(-1);
    if (previous?.kind === 'ranges' && /^\d*$/u.test(literal)) {
      fail('has two brackets with no more than digits between them');
    }
    pulledIn(inside, ranges, literal, rest, fail);
    if (literal !== '') parts.push({ kind: 'text', text: literal });
    parts.push({ kind: 'ranges', ranges });
    literal = '';
  }
  if (literal !== '') parts.push({ kind: 'text', text: literal });
  checkNames(parts, fail);
  return parts;
}

/** Digits that touch a bracket belong to its numbers: what that makes doubtful is refused. */
function pulledIn(
  inside: string,
  ranges: readonly Range[],
  before: string,
  after: string,
  fail: (problem: string) => never,
): void {
  const digitsBefore = /\d$/u.test(before);
  if (/^\d/u.test(after) && inside.includes('/')) {
    fail('is no node set: digits follow a range with a step');
  }
  if (!digitsBefore) return;
  for (const range of ranges) {
    if (range.first < 0) fail('is no node set: digits stand before negative numbers');
    if (!sameLength(range)) {
      // clush reads n1[8-11] as n[18-111], pdsh as n18, n19, n110, n111: nobody can know which hosts are meant.
      fail('is doubtful: digits stand before a range whose bounds have different lengths');
    }
  }
}

function sameLength(range: Range): boolean {
  const { first, step, count, width } = range;
  const last = BigInt(first) + BigInt(step) * (BigInt(count) - 1n);
  return Math.max(String(first).length, width) === Math.max(String(last).length, width);
}

function checkNames(parts: readonly Part[], fail: (problem: string) => never): void {
  const [first] = parts;
  const minus =
    first?.kind === 'text'
      ? first.text.startsWith('-')
      : (first?.ranges.some((range) => range.first < 0) ?? false);
  if (minus) fail("is no host name: it begins with '-'");
  for (const part of parts) {
    const fault = part.kind === 'text' ? characterFault(part.text) : null;
    if (fault !== null) fail(`is no host name: it ${fault}`);
  }
  if (longestName(parts) > MAX_NAME) {
    fail(`is no host name: it is longer than ${String(MAX_NAME)} characters`);
  }
}

/** As in host-name.ts: bounds what an expansion can take. */
const MAX_NAME = 512;
