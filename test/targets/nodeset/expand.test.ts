import { describe, expect, it } from 'vitest';
import { expandNodeSet } from '../../../src/targets/nodeset/expand.ts';
import { refusal } from '../support.ts';

describe('expanding a node set', () => {
  it.each([
    ['', ''],
    ['   ', ''],
    ['web1', 'web1'],
    ['b,a', 'b a'],
    ['n[3,1]', 'n3 n1'],
    ['n[ 1 - 3 ]', 'n1 n2 n3'],
    ['n[1-3/02]', 'n1 n3'],
    ['n[-3--1]', 'n-3 n-2 n-1'],
    ['n[-1-2]', 'n-1 n0 n1 n2'],
    ['n[1-2]0', 'n10 n20'],
    ['n[8-11]0', 'n80 n90 n100 n110'],
    ['n1[8,9,10]', 'n18 n19 n110'],
    ['node-00[00-02]', 'node-0000 node-0001 node-0002'],
    ['[1-3]', '1 2 3'],
    ['r[1-2]n[1-4/3]', 'r1n1 r1n4 r2n1 r2n4'],
    [
      'n[99999999999999999999-100000000000000000001]',
      ['n99999999999999999999', 'n100000000000000000000', 'n100000000000000000001'].join(' '),
    ],
    ['a,b!b,c', 'a c'],
    ['a,(b,c!c)', 'a b'],
    ['a,b,c!(b,b,(c,b))', 'a'],
    ['a,b,c&(b,c)', 'b c'],
    ['a,b^(b,c)', 'a c'],
    ['((a))', 'a'],
    ['127.1.0.[1-3]', '127.1.0.1 127.1.0.2 127.1.0.3'],
    ['::1,[::1]:22,fe80::1%eth0', '::1 [::1]:22 fe80::1%eth0'],
    ['bob@web[1-2]:22', 'bob@web1:22 bob@web2:22'],
    ['bob@[::1]:22', 'bob@[::1]:22'],
    ['web[1-5],-web3,/[1-4]$/', 'web1 web2 web4'],
    ['-web3,web[2-4]', 'web2 web4'],
    ['web[1-3],-/2/', 'web1 web3'],
    ['a1,a2,/a{1,2}1/', 'a1'],
    ['%,a%b', '% a%b'],
  ])('%j', (text, expected) => {
    expect(expandNodeSet(text).join(' ')).toBe(expected);
  });

  it('knows groups and hosts that it is given', () => {
    const groups = new Map([
      ['web', ['web1', 'web2']],
      ['rack1', ['a']],
      ['rack2', ['b']],
    ]);
    const hosts = ['web1', 'web2', 'a', 'b'];
    const expand = (text: string): string => expandNodeSet(text, { groups, hosts }).join(' ');
    expect(expand('@web')).toBe('web1 web2');
    expect(expand('@rack[1-2]')).toBe('a b');
    expect(expand('@*!@web')).toBe('a b');
    expect(expand('@@')).toBe('web rack1 rack2');
    expect(expand('web*')).toBe('web1 web2');
    expect(expand('?')).toBe('a b');
    expect(expand('/^web/')).toBe('web1 web2');
  });
});

describe('what is no node set is refused', () => {
  it.each([
    ['!foo', 'nothing beside it'],
    ['foo!', 'nothing beside it'],
    [',', 'nothing beside it'],
    ['a, ,b', 'nothing beside it'],
    ['()', 'nothing beside it'],
    ['a(b)', 'has a ( where none can be'],
    ['a)', 'has a ) where none can be'],
    ['(a', 'not closed'],
    ['n]1', 'closes a bracket that is not open'],
    ['n[[1]]', 'a bracket within a bracket'],
    ['n[1-2][3]', 'two brackets'],
    ['n[]', 'a range is empty'],
    ['n[1,,2]', 'a range is empty'],
    ['n[1-]', 'is no range of numbers'],
    ['n[+1-3]', 'is no range of numbers'],
    ['n[1_0]', 'is no range of numbers'],
    ['n[\u0663]', 'is no range of numbers'],
    ['n[00-02/0]', 'a step below 1'],
    ['n[-01]', 'pads negative numbers'],
    ['n[-1--3]', 'runs backwards'],
    ['n1[-3--1]', 'digits stand before negative numbers'],
    ['n1[8-11]', 'is doubtful'],
    [`n[1-1${'0'.repeat(100)}]`, 'more than 100 digits'],
    ['@', 'names no group'],
    ['@a:b', 'is no group name'],
    ['@web*', 'is no group name'],
    ['a b', 'holds a blank'],
    ['a;b', 'holds ;'],
    ['a!-b', "begins with '-'"],
    ['[-3--1]', "begins with '-'"],
    ['a\u001b]0;x\u0007', '"a^[]" closes a bracket'],
    ['web1:99999', 'has the port 99999'],
    ['a,-', 'names no host'],
    ['a,/x', 'without its end'],
    ['a,/(/', 'is no regular expression'],
    ['a,-b&c', 'between commas only'],
    ['^', 'names no file'],
  ])('%j', async (text, problem) => {
    const error = await refusal(() => expandNodeSet(text));
    expect(error.code).toBe('node-set');
    expect(error.message).toContain(problem);
  });

  it('parentheses without end', async () => {
    const error = await refusal(() => expandNodeSet('('.repeat(100_000)));
    expect(error.message).toContain('too many parentheses');
  });
});

describe('a term that names nothing is refused', () => {
  it.each(['@gpu', 'web*', 'a!b', 'a,-b', 'a,-/b/', 'a,/b/'])('%s', async (text) => {
    const error = await refusal(() => expandNodeSet(text));
    expect(error.code).toBe('unknown-term');
    expect(error.message).toContain('names nothing');
  });
});

describe('an expansion is bounded before it is made', () => {
  it.each([
    'n[1-100001]',
    'n[1-1000000000000000]',
    `n[1-1${'0'.repeat(99)}]`,
    'a[1-1000]b[1-1000]c[1-1000]',
    'n[1-60000],m[1-60000]',
  ])('%s', async (text) => {
    const error = await refusal(() => expandNodeSet(text));
    expect(error.code).toBe('too-many-hosts');
    expect(error.hint).toContain('--max-hosts');
  });

  it('by the limit that was given', async () => {
    expect(expandNodeSet('n[1-10]', { maxHosts: 10 })).toHaveLength(10);
    expect((await refusal(() => expandNodeSet('n[1-11]', { maxHosts: 10 }))).message).toContain(
      '"n[1-11]" is 11 hosts, more than the 10 that are allowed',
    );
  });

  it('also where the same hosts are named over and over', async () => {
    const text = Array.from({ length: 5000 }, () => 'n[1-9000]').join(',');
    const error = await refusal(() => expandNodeSet(text, { maxHosts: 10_000 }));
    expect(error.message).toContain('far more hosts than are allowed');
  });

  it('but 100,000 are not too many, nor are they when named twice', () => {
    expect(expandNodeSet('n[1-100000]')).toHaveLength(100_000);
    expect(expandNodeSet('n[1-100000],n[5-100000]')).toHaveLength(100_000);
  });
});
