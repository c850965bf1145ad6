import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  emptyInventory,
  type Inventory,
  type SelectionRequest,
} from '../../../src/targets/selection.ts';
import { inventory, names, refusal, select } from '../support.ts';

let from: Inventory = emptyInventory;
let folder = '';

beforeAll(async () => {
  from = await inventory(`
groups:
  web: { hosts: "web[1-3]" }
  db: { hosts: "db[1-2]" }
  gpu: { hosts: web2 }
  nobody: {}
hosts:
  db1: { address: 10.0.0.5, port: 2200 }
  db2: { address: 10.0.0.5, port: 2200 }
  DB3: { address: 10.0.0.6 }
`);
  folder = await mkdtemp(join(tmpdir(), 'muster-select-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

function chosen(request: Partial<SelectionRequest>): Promise<readonly string[]> {
  return names({ inventory: from, ...request });
}

async function refused(request: Partial<SelectionRequest>): Promise<string> {
  const { code, message, hint } = await refusal(() => select({ inventory: from, ...request }));
  return hint === null ? `${code}: ${message}` : `${code}: ${message} | ${hint}`;
}

describe('a selection', () => {
  it('unites -w, -g, -a and files in this order, each host once', async () => {
    const hostsFiles = [{ name: 'list', text: 'z1\nweb1\n' }];
    expect(await chosen({ hosts: ['x,db2', 'y'], groups: ['web'], all: true, hostsFiles })).toEqual(
      ['x', 'db2', 'y', 'web1', 'web2', 'web3', 'db1', 'DB3', 'z1'],
    );
  });

  it('takes every -x and -X away at the end', async () => {
    const found = await chosen({ all: true, exclude: ['web1', 'db[1-2]'], excludeGroups: ['gpu'] });
    expect(found).toEqual(['web3', 'DB3']);
  });

  it('may be told twice to take the same host away', async () => {
    const request = { hosts: ['n[1-5],-n1'], exclude: ['n[1-2],n2', '/2/', 'n3'] };
    expect(await select(request)).toMatchObject({ names: ['n4', 'n5'], warnings: [] });
    const { targets, warnings } = await select({
      inventory: from,
      groups: ['web'],
      exclude: ['web2'],
      excludeGroups: ['gpu'],
    });
    expect(targets.map(({ name }) => name)).toEqual(['web1', 'web3']);
    expect(warnings).toEqual([]);
  });

  it('takes several groups at once', async () => {
    expect(await chosen({ groups: ['gpu,db'] })).toEqual(['web2', 'db1', 'db2']);
  });

  it('takes pdsh items of any -w over everything that was selected', async () => {
    expect(await chosen({ all: true, hosts: ['-web1', '/^web/'] })).toEqual(['web2', 'web3']);
    expect(await chosen({ groups: ['web', 'db'], hosts: ['-/2$/'] })).toEqual([
      'web1',
      'web3',
      'db1',
    ]);
    expect(await chosen({ groups: ['web'], exclude: ['/2/'] })).toEqual(['web1', 'web3']);
  });

  it('takes a regular expression alone over the inventory', async () => {
    expect(await chosen({ hosts: ['/^db/'] })).toEqual(['db1', 'db2']);
  });

  it('takes plain names that no inventory knows', async () => {
    expect(await chosen({ hosts: ['else[1-2]'] })).toEqual(['else1', 'else2']);
    expect(await names({ hosts: ['web1'] })).toEqual(['web1']);
  });

  it('reads user and port of a name', async () => {
    const { targets } = await select({ hosts: ['bob@h1:2222,h2:23,[::1]:24,::1'] });
    expect(targets.map(({ name, address, port, user }) => [name, address, port, user])).toEqual([
      ['bob@h1:2222', 'h1', 2222, 'bob'],
      ['h2:23', 'h2', 23, 'me'],
      ['[::1]:24', '::1', 24, 'me'],
      ['::1', '::1', 22, 'me'],
    ]);
  });

  it('takes a host away however its user and port were written', async () => {
    expect(await chosen({ hosts: ['bob@db1:22,db1,x'], exclude: ['db1'] })).toEqual(['x']);
    expect(await chosen({ hosts: ['bob@db1:22,x!db1'] })).toEqual(['x']);
    expect(await chosen({ hosts: ['bob@db1:22,db1'], exclude: ['bob@db1:22'] })).toEqual(['db1']);
  });

  it('is bounded', async () => {
    expect(await refused({ hosts: ['n[1-11]'], maxHosts: 10 })).toContain(
      'too-many-hosts: -w: "n[1-11]" is 11 hosts',
    );
    expect(await refused({ all: true, maxHosts: 3 })).toContain('more than the 3 that are allowed');
    expect(await refused({ hosts: ['a[1-9]', 'b[1-9]'], maxHosts: 10 })).toMatch(
      /^too-many-hosts/u,
    );
  });
});

describe('a term that names nothing stops everything, with the near miss', () => {
  it.each<[string, Partial<SelectionRequest>, string]>([
    [
      '-g',
      { groups: ['gpuu'] },
      'unknown-term: -g: there is no group "gpuu" in hosts.yaml | did you mean gpu?',
    ],
    [
      '-g without a near miss',
      { groups: ['storage'] },
      'unknown-term: -g: there is no group "storage" in hosts.yaml | the groups are web, db, gpu, nobody',
    ],
    [
      '@group',
      { hosts: ['@wbe'] },
      'unknown-term: -w: there is no group "wbe" in hosts.yaml | did you mean web?',
    ],
    [
      'a group that is taken away within a set',
      { hosts: ['@web!@gpuu'] },
      'unknown-term: -w: there is no group "gpuu" in hosts.yaml | did you mean gpu?',
    ],
    [
      '-X',
      { all: true, excludeGroups: ['wbe'] },
      'unknown-term: -X: there is no group "wbe" in hosts.yaml | did you mean web?',
    ],
    [
      'a wildcard',
      { hosts: ['wbe*'] },
      'unknown-term: -w: "wbe*" matches no host of hosts.yaml | did you mean web1, or others like it?',
    ],
    [
      '-x',
      { all: true, exclude: ['wbe2'] },
      'unknown-term: -x: "wbe2" takes no host away, and is none of hosts.yaml | did you mean web2?',
    ],
    [
      'one of several in -x',
      { all: true, exclude: ['web1,wbe2'] },
      'unknown-term: -x: "wbe2" takes no host away, and is none of hosts.yaml | did you mean web2?',
    ],
    [
      'a set in -x',
      { all: true, exclude: ['wbe[1-3]'] },
      'unknown-term: -x: "wbe[1-3]" takes no host away, and is none of hosts.yaml | did you mean web1?',
    ],
    [
      '! within a set',
      { hosts: ['@web!wbe2'] },
      'unknown-term: -w: "wbe2" takes no host away, and is none of hosts.yaml | did you mean web2?',
    ],
    [
      '! of several',
      { hosts: ['@web!(web1,wbe2)'] },
      'unknown-term: -w: "wbe2" takes no host away, and is none of hosts.yaml | did you mean web2?',
    ],
    [
      '-host',
      { hosts: ['@web,-wbe2'] },
      'unknown-term: -w: "wbe2" takes no host away, and is none of hosts.yaml | did you mean web2?',
    ],
    [
      '-/regex/',
      { hosts: ['@web,-/nope/'] },
      'unknown-term: -w: "/nope/" takes no host away, and is none of hosts.yaml',
    ],
    ['/regex/', { hosts: ['@web,/nope/'] }, 'unknown-term: -w: "/nope/" matches none of the hosts'],
    [
      'an empty -x',
      { all: true, exclude: [''] },
      'unknown-term: -x: names no host | an empty exclusion is often a variable that is not set',
    ],
    [
      'nothing at all',
      {},
      'empty-selection: no hosts were named | name them with -w HOSTS, -g GROUP, -a or --hosts-file FILE',
    ],
    ['an empty -w', { hosts: [''] }, 'empty-selection: the selection names no host'],
    ['an empty group', { groups: ['nobody'] }, 'empty-selection: the selection names no host'],
    [
      'everything taken away',
      { groups: ['web'], exclude: ['web*'] },
      'empty-selection: no host is left after the exclusions',
    ],
    [
      '@@',
      { hosts: ['@@'] },
      'node-set: -w: @@ is the names of the groups, which are no hosts | @* is every host of the inventory',
    ],
    [
      '-x with a minus of its own',
      { all: true, exclude: ['-web1'] },
      'node-set: -x: "-web1" is excluded twice over | leave out its minus sign',
    ],
    [
      'a bad jump host',
      { hosts: ['a'], overrides: { user: null, port: null, identities: [], jump: 'a b' } },
      'usage: -J: the jump host "a b" holds a blank',
    ],
    [
      'a bad port',
      { hosts: ['web1:99999'] },
      'node-set: -w: "web1:99999" has the port 99999, which is not from 1 to 65535',
    ],
  ])('%s', async (_, request, expected) => {
    expect(await refused(request)).toBe(expected);
  });

  it.each<[string, Partial<SelectionRequest>, string]>([
    ['-a', { all: true }, 'unknown-term: -a: there is no inventory'],
    [
      '-g',
      { groups: ['web'] },
      'unknown-term: -g: there is no group "web", for there is no inventory',
    ],
    [
      'wildcards',
      { hosts: ['web*'] },
      'unknown-term: -w: "web*" matches no host, for there is no inventory',
    ],
  ])('%s, without an inventory', async (_, request, expected) => {
    const text = await refused({ inventory: emptyInventory, ...request });
    expect(text).toBe(`${expected} | name one with -i FILE, or put a hosts.yaml here`);
  });
});

describe('an exclusion of a known host that was not selected only warns', () => {
  it.each<[string, Partial<SelectionRequest>, string]>([
    [
      '-x',
      { groups: ['web'], exclude: ['db1'] },
      '-x: "db1" takes no host away: it was not among them',
    ],
    [
      '-X',
      { groups: ['web'], excludeGroups: ['db'] },
      '-X: "db" takes no host away: it was not among them',
    ],
    [
      'an empty group',
      { groups: ['web'], excludeGroups: ['nobody'] },
      '-X: "nobody" takes no host away: it was not among them',
    ],
    ['!', { hosts: ['@web!db1'] }, '-w: "db1" takes no host away: it was not among them'],
    [
      '-/regex/',
      { hosts: ['@web,-/^db/'] },
      '-w: "/^db/" takes no host away: it was not among them',
    ],
  ])('%s', async (_, request, warning) => {
    const { targets, warnings } = await select({ inventory: from, ...request });
    expect(targets.map(({ name }) => name)).toEqual(['web1', 'web2', 'web3']);
    expect(warnings).toEqual([warning]);
  });
});

describe('where an empty selection is allowed', () => {
  const allowed = (request: Partial<SelectionRequest>): Promise<readonly string[]> =>
    chosen({ allowEmpty: true, ...request });

  it('groups and wildcards may name nothing', async () => {
    expect(await allowed({ groups: ['gpuu'] })).toEqual([]);
    expect(await allowed({ hosts: ['wbe*'] })).toEqual([]);
    expect(await allowed({ hosts: ['web1,wbe*'], exclude: [''] })).toEqual(['web1']);
    expect(await allowed({ all: true, inventory: emptyInventory })).toEqual([]);
    expect(await allowed({ groups: ['web'], exclude: ['web*'] })).toEqual([]);
    expect(await allowed({})).toEqual([]);
  });

  it('which is told', async () => {
    const { warnings } = await select({ allowEmpty: true, inventory: from, groups: ['gpuu'] });
    expect(warnings).toEqual(['-g: there is no group "gpuu" in hosts.yaml']);
  });

  it('but a misspelt exclusion still may not widen what is selected', async () => {
    expect(await refused({ allowEmpty: true, groups: ['web'], exclude: ['wbe1'] })).toMatch(
      /^unknown-term/u,
    );
    expect(await refused({ allowEmpty: true, groups: ['web'], excludeGroups: ['gpuu'] })).toMatch(
      /^unknown-term/u,
    );
    expect(await refused({ allowEmpty: true, hosts: ['@web!@gpuu'] })).toMatch(/^unknown-term/u);
  });
});

describe('F54: duplicates', () => {
  it('a host in two groups is one host', async () => {
    expect(await chosen({ groups: ['web', 'gpu'] })).toEqual(['web1', 'web2', 'web3']);
  });

  it('names that differ by case are one host, under the first spelling', async () => {
    const { targets, names: written, warnings } = await select({ hosts: ['x1,X1,y,bob@Y,bob@y'] });
    expect(targets.map(({ name }) => name)).toEqual(['x1', 'y', 'bob@Y']);
    expect(warnings).toContain('X1 is x1: names of hosts do not differ by case');
    // Node sets themselves tell the two apart.
    expect(written).toEqual(['x1', 'X1', 'y', 'bob@Y', 'bob@y']);
  });

  it('and are excluded under any spelling', async () => {
    const { targets, names: written } = await select({ hosts: ['x1,X1,y'], exclude: ['X1'] });
    expect(targets.map(({ name }) => name)).toEqual(['y']);
    expect(written).toEqual(['y']);
  });

  it("a host of the inventory's is meant under any spelling", async () => {
    expect(await chosen({ hosts: ['WEB1,web1,db3'] })).toEqual(['web1', 'DB3']);
    expect(await chosen({ hosts: ['@web!WEB2'] })).toEqual(['web1', 'web3']);
    expect(await chosen({ groups: ['web'], exclude: ['Web2'] })).toEqual(['web1', 'web3']);
  });

  it('two names of one address are two hosts, with a warning', async () => {
    const { targets, warnings } = await select({ groups: ['db'], inventory: from });
    expect(targets).toHaveLength(2);
    expect(warnings).toEqual(['db[1-2] have one address: 10.0.0.5, port 2200']);
  });
});

describe('files of hosts', () => {
  it('hold a host or a node set a line, and comments', async () => {
    const text = '\uFEFF# all of them\r\nweb[1-2]\r\n\r\n  x # and x\n@gpu,y\nz#1\n';
    expect(await chosen({ hostsFiles: [{ name: 'list', text }] })).toEqual([
      'web1',
      'web2',
      'x',
      'y',
      'z#1',
    ]);
  });

  it.each([
    ['a\nb[1-\n', 'node-set: list:2: "b[1-" has a bracket that is not closed'],
    ['a\n-b\n', 'node-set: list:2: "-b" is no host name: it begins with \'-\''],
    [
      'a\n^b\n',
      'node-set: list:2: "^b" has an operator, or a pair of parentheses, with nothing beside it',
    ],
    ['a b\n', 'node-set: list:1: "a b" is no host name: it holds a blank'],
    ['a:0\n', 'node-set: list:1: "a:0" has the port 0, which is not from 1 to 65535'],
    ['@wbe\n', 'unknown-term: list:1: there is no group "wbe" in hosts.yaml | did you mean web?'],
  ])('and are refused with their line: %j', async (text, expected) => {
    expect(await refused({ hostsFiles: [{ name: 'list', text }] })).toBe(expected);
  });

  it('are named by ^FILE, as in pdsh', async () => {
    const file = join(folder, 'list');
    await writeFile(file, 'web[1-2]\n# no more\n');
    expect(await chosen({ hosts: [`db1,^${file},x`] })).toEqual(['db1', 'web1', 'web2', 'x']);
    expect(await chosen({ groups: ['web'], hosts: [`-^${file}`] })).toEqual(['web3']);
    expect(await chosen({ groups: ['web'], exclude: [`^${file}`] })).toEqual(['web3']);
  });

  it('that are not there, or include others, are refused', async () => {
    const file = join(folder, 'includes');
    await writeFile(file, 'a\n#include other\n');
    expect(await refused({ hosts: [`^${folder}/none`] })).toBe(
      `hosts-file: ${folder}/none: there is no such file`,
    );
    expect(await refused({ hosts: [`^${file}`] })).toBe(
      `hosts-file: ${file}:2: #include is not followed | name each file: -w ^one,^two`,
    );
  });
});

describe('@@, to look at the groups', () => {
  it('gives their names where that is asked for', async () => {
    const { names: found } = await select({ hosts: ['@@'], inventory: from, groupNames: true });
    expect(found).toEqual(['web', 'db', 'gpu', 'nobody']);
  });
});
