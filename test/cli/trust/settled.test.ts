import { describe, expect, test } from 'vitest';
import type { JudgedKey, WrittenKey } from '../../../src/model/host-trust.ts';
import { isAddable, isReplaceable, unsettledKeys } from '../../../src/cli/trust/settled.ts';
import { judgedHost, judgedKey } from './judged.ts';

type Judged = Partial<JudgedKey>;

describe('a key', () => {
  test.each<[Judged, 'added' | 'replaced' | 'left']>([
    [{ known: 'new' }, 'added'],
    [{ known: 'other-type' }, 'added'],
    [{ known: 'known' }, 'left'],
    [{ known: 'authority' }, 'left'],
    [{ known: 'revoked' }, 'left'],
    [{ known: 'changed' }, 'replaced'],
    [{ known: 'new', expected: 'match' }, 'added'],
    [{ known: 'new', expected: 'mismatch' }, 'left'],
    [{ known: 'new', expected: 'unlisted' }, 'left'],
    [{ known: 'changed', expected: 'match' }, 'replaced'],
    [{ known: 'changed', expected: 'mismatch' }, 'left'],
    [{ known: 'changed', expected: 'unlisted' }, 'left'],
    [{ known: 'revoked', expected: 'match' }, 'left'],
    [{ known: 'new', dns: 'match' }, 'added'],
    [{ known: 'new', dns: 'none' }, 'added'],
    [{ known: 'new', dns: 'mismatch' }, 'left'],
    [{ known: 'new', dns: 'mismatch', expected: 'match' }, 'left'],
    [{ known: 'changed', dns: 'mismatch' }, 'left'],
  ])('of which is known %j may be %s', (judged, may) => {
    const key = judgedKey(judged);
    expect({ added: isAddable(key), replaced: isReplaceable(key) }).toEqual({
      added: may === 'added',
      replaced: may === 'replaced',
    });
  });
});

describe('a host', () => {
  test.each<[string, readonly Judged[], 'check' | 'run', readonly number[]]>([
    ['known', [{ known: 'known' }, { known: 'known' }], 'check', []],
    ['one type new', [{ known: 'known' }, { known: 'other-type' }], 'check', [1]],
    ['changed', [{ known: 'changed' }, { known: 'known' }], 'check', [0]],
    ['revoked', [{ known: 'revoked' }], 'check', [0]],
    ['certified', [{ known: 'authority' }], 'check', []],
    ['as expected, checked', [{ expected: 'match' }, { expected: 'unlisted' }], 'check', []],
    ['as expected, not added', [{ expected: 'match' }, { expected: 'unlisted' }], 'run', [0, 1]],
    ['not listed', [{ expected: 'unlisted' }], 'check', [0]],
    ['known, not listed', [{ known: 'known', expected: 'unlisted' }], 'check', []],
    ['known, not as expected', [{ known: 'known', expected: 'mismatch' }], 'check', [0]],
    ['changed, as expected', [{ known: 'changed', expected: 'match' }], 'check', [0]],
    ['known, not as DNS says', [{ known: 'known', dns: 'mismatch' }], 'run', [0]],
  ])('with keys that are %s is left with those that need a look', (_, judged, mode, left) => {
    const keys = judged.map((one, index) => judgedKey({ key: `K${index}`, ...one }));
    const found = unsettledKeys(judgedHost('web1', ...keys), new Map(), mode === 'check');
    expect(found.map((key) => keys.indexOf(key))).toEqual(left);
  });

  test.each<[WrittenKey['outcome'], number]>([
    ['written', 0],
    ['there', 0],
    ['refused', 1],
  ])('whose key is %s has %i left', (outcome, left) => {
    const key = judgedKey({ known: 'changed' });
    const host = judgedHost('web1', key);
    const written = new Map([[key, { host, key, replace: true, outcome, note: null }]]);
    expect(unsettledKeys(host, written, false)).toHaveLength(left);
  });
});
