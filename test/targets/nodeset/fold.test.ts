import { describe, expect, it } from 'vitest';
import { expandNodeSet } from '../../../src/targets/nodeset/expand.ts';
import { foldNodeSet } from '../../../src/targets/nodeset/fold.ts';

describe('folding names', () => {
  it.each([
    ['', ''],
    ['web1', 'web1'],
    ['web1 web2', 'web[1-2]'],
    ['n9 n10 n11', 'n[9-11]'],
    ['n9 n09 n10', 'n[9,09-10]'],
    ['n099 n100 n101', 'n[099-101]'],
    ['n1 n2 n3 n5 n7', 'n[1-3,5,7]'],
    ['b a a1 a0', 'a,a[0-1],b'],
    // Which of them are joined first decides the shape: this is ClusterShell's.
    ['2.2.3 1.0.2 2.3.1 1.3.1 2.1.1', '[1-2].3.1,1.0.2,2.1.1,2.2.3'],
    ['a1b1 a2b1 a2b2', 'a[1-2]b1,a2b2'],
    ['r1n1 r1n2 r2n1 r2n2 r3n1', 'r[1-2]n[1-2],r3n1'],
    ['10.0.0.1 10.0.0.2 10.0.1.1 10.0.1.2', '10.0.[0-1].[1-2]'],
    ['2001:db8::1 2001:db8::2', '2001:db8::1,2001:db8::2'],
    ['web1:22 web2:22', 'web1:22,web2:22'],
    [
      'n99999999999999999999 n100000000000000000000',
      'n[99999999999999999999-100000000000000000000]',
    ],
    ['a%s1 a%s2 %', '%,a%s[1-2]'],
    ['__proto__ constructor toString', '__proto__,constructor,toString'],
  ])('%s', (names, expected) => {
    expect(foldNodeSet(names.split(' ').filter((name) => name !== ''))).toBe(expected);
  });

  it('gives a product with holes as few products', () => {
    const names = expandNodeSet('r[1-100]n[1-1000]!r5n7');
    expect(foldNodeSet(names)).toBe('r[1-4,6-100]n[1-1000],r5n[1-6,8-1000]');
  });

  it('folds what has no shape in bounded time, and still exactly', () => {
    const names = Array.from(
      { length: 20_000 },
      (_, index) => `r${String((index * 7919) % 317)}n${String((index * 104_729) % 1009)}`,
    );
    const unique = [...new Set(names)].sort();
    const folded = foldNodeSet(names);
    expect(folded.length).toBeLessThan(unique.join(',').length);
    expect([...expandNodeSet(folded)].sort()).toEqual(unique);
  });
});
