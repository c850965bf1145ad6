import { describe, expect, it } from 'vitest';
import type { Inventory } from '../../../src/targets/inventory/inventory.ts';
import { expandNodeSet } from '../../../src/targets/nodeset/expand.ts';
import { foldNodeSet } from '../../../src/targets/nodeset/fold.ts';
import { inventory, names, refusal, select } from '../support.ts';

/**
 * What users of ClusterShell and pdsh type, and get. Where the two differ, ClusterShell's way is taken. The numbers
 * are those of the list that these were gathered in; cases of options that we lack are left out.
 */
const EXPANDED: readonly [id: string, text: string, expected: string][] = [
  ['N001', 'node[13-15,17-19]', 'node13 node14 node15 node17 node18 node19'],
  ['N004', 'node[000-012/4]', 'node000 node004 node008 node012'],
  ['N005', 'node[08-11]', 'node08 node09 node10 node11'],
  ['N058', 'foo[0-3]', 'foo0 foo1 foo2 foo3'],
  ['N059', 'foo[00-02]', 'foo00 foo01 foo02'],
  ['N061', 'foo[0-2,4]', 'foo0 foo1 foo2 foo4'],
  ['N062', 'foo[1-2]-[0-3]', 'foo1-0 foo1-1 foo1-2 foo1-3 foo2-0 foo2-1 foo2-2 foo2-3'],
  ['N065', 'foo[9-11],-foo10', 'foo9 foo11'],
  ['N067', 'foo[0-20],-/[1-9]$/', 'foo0 foo10 foo20'],
  ['N070', 'foo[19]', 'foo19'],
  ['N109 (steps, as ClusterShell)', 'foo[1-3/2]', 'foo1 foo3'],
  ['N112 (each once, as ClusterShell)', 'foo[1,1,2]', 'foo1 foo2'],
];

const FOLDED: readonly [id: string, text: string, expected: string][] = [
  ['N002', 'node1-ipmi,node2-ipmi,node3-ipmi', 'node[1-3]-ipmi'],
  ['N007', 'node2,node01,node001', 'node[2,01,001]'],
  [
    'N008',
    'foo1bar1,foo1bar00,foo1bar01,foo004bar1,foo004bar00,foo004bar01',
    'foo[1,004]bar[1,00-01]',
  ],
  ['N010', 'node-[1-2]0-[0-2]5', 'node-[10,20]-[05,15,25]'],
  ['N011', 'node-00[1-6]0', 'node-[0010,0020,0030,0040,0050,0060]'],
  ['N013', 'node1[00-02,000-032/8]', 'node[100-102,1000,1008,1016,1024,1032]'],
  ['N019', 'node[1-9]!node6', 'node[1-5,7-9]'],
  ['N020', 'node[1-9]&node[6-12]', 'node[6-9]'],
  ['N022', 'node[10-42],node46!node10', 'node[11-42,46]'],
  ['N023', 'b2,b1,b0,b,c,a0,a', 'a,a0,b,b[0-2],c'],
  ['N029', 'clu-1-[1-4],clu-2-[1-4]', 'clu-[1-2]-[1-4]'],
  ['N041', ' tigrou2 , tigrou7 , tigrou[5,9-11] ', 'tigrou[2,5,7,9-11]'],
  ['N071', 'foo8,foo9,foo10,foo11', 'foo[8-11]'],
  ['N073 (shorter numbers first, as ClusterShell)', 'foo0,foo03,foo01,foo2', 'foo[0,2,01,03]'],
  [
    'N074 (shorter numbers first, as ClusterShell)',
    'foo1s,foo01s,foo02s,foo3s,foo5s,foo00s',
    'foo[1,3,5,00-02]s',
  ],
  ['N076', '0,1,2', '[0-2]'],
  ['N077', 'foo099,foo100', 'foo[099-100]'],
  ['N100', 'a[1-3]!a2,a2', 'a[1-3]'],
  ['N101', 'a[1-3]&a2,a9', 'a[2,9]'],
  ['N104', '127.1.[0-1].[1-2]', '127.1.[0-1].[1-2]'],
  ['N106', 'A[1-2],a[1-2]', 'A[1-2],a[1-2]'],
];

const REFUSED: readonly [id: string, text: string, problem: RegExp][] = [
  ['N047', 'nova[4-3/2]', /runs backwards/u],
  ['N049', 'nova[3/2]', /step but no range/u],
  ['N050', 'prod-0[10-345]', /different lengths/u],
  ['N052', 'n[1-4]0[3-4]', /two brackets/u],
  ['N053', 'foo,,bar', /nothing beside it/u],
  ['N055', 'nova6,', /nothing beside it/u],
  ['N056', 'prod-00[1-6/2]0', /digits follow a range with a step/u],
  ['N107', 'node[1-3]x[a-b]', /no range of numbers/u],
  ['N110', 'foo[3-1]', /runs backwards/u],
  ['N113 (as ClusterShell)', 'foo[01-3]', /different length/u],
  ['N115 (as ClusterShell)', 'foo[1', /not closed/u],
];

describe('a node set is read as ClusterShell and pdsh read it', () => {
  it.each(EXPANDED)('%s: %s', (_, text, expected) => {
    expect(expandNodeSet(text).join(' ')).toBe(expected);
  });
});

describe('a node set is folded as ClusterShell folds it', () => {
  it.each(FOLDED)('%s: %s', (_, text, expected) => {
    expect(foldNodeSet(expandNodeSet(text))).toBe(expected);
  });
});

describe('what ClusterShell refuses is refused', () => {
  it.each(REFUSED)('%s: %s', async (_, text, problem) => {
    const error = await refusal(() => expandNodeSet(text));
    expect(error.code).toBe('node-set');
    expect(error.message).toMatch(problem);
  });
});

const CLUSTER = `
groups:
  login: { hosts: "login[1-2]" }
  mds: { hosts: "mds[1-4]" }
  oss: { hosts: "oss[0-15]" }
  storage: { hosts: "@mds,@oss" }
  compute: { hosts: "node[0001-0288]" }
  gpu: { hosts: "node[0001-0008]" }
`;
const WILD = `
hosts: ["wwwserv[1-9]", "bckserv[1-2]", dbserv1]
`;

describe('groups, wildcards and options are those of ClusterShell and pdsh', () => {
  const folded = async (source: string, text: string): Promise<string> => {
    const from: Inventory = await inventory(source);
    return foldNodeSet((await select({ hosts: [text], inventory: from })).names);
  };

  it('N031: @storage', async () => {
    expect(await folded(CLUSTER, '@storage')).toBe('mds[1-4],oss[0-15]');
  });

  it('N032: @*', async () => {
    const all = 'login[1-2],mds[1-4],node[0001-0288],oss[0-15]';
    expect(await folded(CLUSTER, '@*')).toBe(all);
  });

  it('N037: wildcards with ranges', async () => {
    expect(await folded(WILD, 'www*[1-4]')).toBe('wwwserv[1-4]');
  });

  it('N038: a wildcard at the beginning', async () => {
    expect(await folded(WILD, '*serv1')).toBe('bckserv1,dbserv1,wwwserv1');
  });

  it('N043: several sets, less an excluded one', async () => {
    const { names: found } = await select({
      hosts: ['foo[0-10]', 'foo[13-18]'],
      exclude: ['foo[5-10,15]'],
    });
    expect(foldNodeSet(found)).toBe('foo[0-4,13-14,16-18]');
  });

  it('N044: counting', async () => {
    const sets = ['foo[395-442]', 'bar3,bar24', 'foo[1-200,245-394]'];
    expect(await names({ hosts: sets })).toHaveLength(400);
  });

  it('N064: exclusions in any order', async () => {
    const found = await names({ hosts: ['fooi,fooj,foo[0-5]'], exclude: ['fooj,fooi,foo2'] });
    expect(found).toEqual(['foo0', 'foo1', 'foo3', 'foo4', 'foo5']);
  });

  it('N068: a regular expression of its own -w', async () => {
    expect(await names({ hosts: ['foo1,bar1', '/^foo/'] })).toEqual(['foo1']);
  });

  it('N103: @compute&@gpu!node0001', async () => {
    expect(await folded(CLUSTER, '@compute&@gpu!node0001')).toBe('node[0002-0008]');
  });
});
