import { describe, expect, it } from 'vitest';
import { inventory, names, select } from '../support.ts';
import { explainTarget, type SelectionRequest } from '../../../src/targets/selection.ts';
import type { Target } from '../../../src/model/target.ts';

const SOURCE = `
defaults: { user: deploy, port: 22, identity: ~/.ssh/id_ed25519, jump: bastion.example.com, vars: { tier: none, site: x } }
groups:
  web: { hosts: "web[01-20].example.com", user: www, vars: { tier: front } }
  db:  { hosts: [db1, db2], port: 2022 }
  eu:  { groups: [web, db], user: eu, identity: [keys/eu, /etc/keys/eu], vars: { site: eu, zone: 1 } }
  canary: { hosts: "web01.example.com,db2", user: canary }
hosts:
  db1: { address: 10.0.0.5, port: 2200, vars: { role: primary } }
  solo: { jump: none }
`;

async function target(name: string, request: Partial<SelectionRequest> = {}): Promise<Target> {
  const from = await inventory(SOURCE);
  const { targets } = await select({ hosts: [name], inventory: from, ...request });
  const [found] = targets;
  if (found === undefined) throw new Error('no target');
  return { ...found, vars: { ...found.vars } };
}

describe('an inventory tells how to reach a host', () => {
  it('by what is said nearest to it', async () => {
    const from = await inventory(SOURCE);
    const folder = process.cwd();
    expect(await target('db1')).toEqual({
      name: 'db1',
      address: '10.0.0.5',
      port: 2200,
      user: 'eu',
      identities: [`${folder}/keys/eu`, '/etc/keys/eu'],
      jump: [
        {
          name: 'bastion.example.com',
          address: 'bastion.example.com',
          port: 22,
          user: 'deploy',
          identities: ['/home/me/.ssh/id_ed25519'],
          jump: [],
          vars: {},
          groups: [],
        },
      ],
      vars: { role: 'primary', tier: 'none', site: 'eu', zone: 1 },
      groups: ['db', 'eu'],
    });
    expect(from.hostCount).toBe(23);
  });

  it('by the nearest group, and of two that are as near by the first in the file', async () => {
    expect((await target('web02.example.com')).user).toBe('www');
    const both = await target('web01.example.com');
    expect(both.user).toBe('www');
    expect(both.groups).toEqual(['web', 'eu', 'canary']);
    expect(both.vars).toEqual({ tier: 'front', site: 'eu', zone: 1 });
    expect((await target('db2')).user).toBe('canary');
    expect((await target('db2')).port).toBe(2022);
  });

  it('by the command line before all else', async () => {
    const overrides = { user: 'root', port: 5, identities: ['/k'], jump: 'bob@gate:2, inner' };
    expect(await target('db1', { overrides })).toMatchObject({
      address: '10.0.0.5',
      user: 'root',
      port: 5,
      identities: ['/k'],
      jump: [
        { name: 'bob@gate:2', address: 'gate', port: 2, user: 'bob' },
        { name: 'inner', address: 'inner', port: 22, user: 'deploy' },
      ],
    });
  });

  it('by the name itself, where it holds a user or a port', async () => {
    const overrides = { user: 'root', port: 5, identities: [], jump: null };
    expect(await target('bob@db1:23', { overrides })).toMatchObject({
      name: 'bob@db1:23',
      address: '10.0.0.5',
      user: 'bob',
      port: 23,
      groups: ['db', 'eu'],
    });
  });

  it('by the defaults, where it does not know the host', async () => {
    expect(await target('elsewhere')).toMatchObject({
      address: 'elsewhere',
      user: 'deploy',
      identities: ['/home/me/.ssh/id_ed25519'],
      groups: [],
    });
  });

  it('by what is built in, where nothing is said', async () => {
    const { targets } = await select({ hosts: ['web1'] });
    expect(targets).toEqual([
      {
        name: 'web1',
        address: 'web1',
        port: 22,
        user: 'me',
        identities: [],
        jump: [],
        vars: {},
        groups: [],
      },
    ]);
  });

  it('with jump hosts taken back by `none`', async () => {
    expect((await target('solo')).jump).toEqual([]);
    const overrides = { user: null, port: null, identities: [], jump: 'none' };
    expect((await target('db1', { overrides })).jump).toEqual([]);
  });

  it('whatever the case of its name', async () => {
    expect(await target('DB1')).toMatchObject({ name: 'db1', port: 2200 });
  });
});

describe('where each setting comes from can be told', () => {
  it('for a host of the inventory', async () => {
    const from = await inventory(SOURCE);
    const { sources } = explainTarget('bob@db1', {
      inventory: from,
      overrides: { user: null, port: null, identities: ['/k'], jump: null },
      defaults: { user: 'me', homeDirectory: '/home/me' },
    });
    expect(sources).toEqual({
      address: { value: '10.0.0.5', source: 'host' },
      port: { value: 2200, source: 'host' },
      user: { value: 'bob', source: 'the name' },
      identities: { value: ['/k'], source: 'command line' },
      jump: { value: ['bastion.example.com'], source: 'defaults' },
      vars: [
        { name: 'role', value: 'primary', source: 'host' },
        { name: 'site', value: 'eu', source: 'group eu' },
        { name: 'zone', value: 1, source: 'group eu' },
        { name: 'tier', value: 'none', source: 'defaults' },
      ],
    });
  });

  it('for a host that nothing is said about', async () => {
    const { sources } = explainTarget('web1', {
      inventory: await inventory(''),
      overrides: { user: null, port: null, identities: [], jump: null },
      defaults: { user: 'me', homeDirectory: '/home/me' },
    });
    expect(sources).toMatchObject({
      address: { value: 'web1', source: 'the name' },
      port: { value: 22, source: 'built-in' },
      user: { value: 'me', source: 'built-in' },
    });
  });
});

describe('hosts and groups', () => {
  it('come in the order of the file', async () => {
    const from = await inventory(SOURCE);
    const all = await names({ all: true, inventory: from });
    expect(all.slice(0, 2)).toEqual(['web01.example.com', 'web02.example.com']);
    expect(all.slice(-3)).toEqual(['db1', 'db2', 'solo']);
    const other = await inventory('hosts: { z: , a: }\ngroups: { g: { hosts: "m,a" } }');
    expect(await names({ all: true, inventory: other })).toEqual(['z', 'a', 'm']);
  });

  it('may be empty, or have nothing said about them', async () => {
    const from = await inventory(
      'hosts:\n  db1:\n  db2: {}\ngroups:\n  none:\n  nobody: { hosts: }\n  less: { hosts: "" }\ndefaults:\n',
    );
    expect(await names({ all: true, inventory: from })).toEqual(['db1', 'db2']);
    expect(from.groupNames).toEqual(['none', 'nobody', 'less']);
    expect([...(from.group('less') ?? ['?'])]).toEqual([]);
  });

  it('may be none at all', async () => {
    expect((await inventory('')).hostCount).toBe(0);
    expect((await inventory('# nothing\n')).hostCount).toBe(0);
    expect((await inventory('---\nhosts: {}\n')).hostCount).toBe(0);
  });

  it('may be defined several at once', async () => {
    const from = await inventory('hosts:\n  "web[1-2],db": { user: www }\n');
    const { targets } = await select({ all: true, inventory: from });
    expect(targets.map(({ name, user }) => `${user}@${name}`)).toEqual([
      'www@web1',
      'www@web2',
      'www@db',
    ]);
  });

  it('of a group may be worked out from other groups, and matched against hosts', async () => {
    const from = await inventory(
      'groups:\n  some: { hosts: "@all!web2" }\n  all: { hosts: "web*" }\nhosts: [web1, web2, web3, db1]\n',
    );
    expect([...(from.group('some') ?? [])]).toEqual(['web1', 'web3']);
  });

  it('of groups within groups are found from the outermost', async () => {
    const from = await inventory(
      'groups:\n  a: { groups: "g[1-2]" }\n  g1: { groups: ["@g3"], hosts: x }\n  g2: { hosts: y }\n  g3: { hosts: z }\n',
    );
    expect([...(from.group('a') ?? [])]).toEqual(['x', 'z', 'y']);
    expect(from.groupsOf('z')).toEqual(['a', 'g1', 'g3']);
  });

  it('may share parts by alias', async () => {
    const from = await inventory(
      'hosts:\n  a: &common { user: u, vars: { list: [1, { k: v }] } }\n  b: *common\n',
    );
    const { targets } = await select({ all: true, inventory: from });
    expect(targets.map(({ user }) => user)).toEqual(['u', 'u']);
    expect(JSON.stringify(targets[1]?.vars)).toBe('{"list":[1,{"k":"v"}]}');
  });

  it('have variables of any kind', async () => {
    const from = await inventory(
      'defaults:\n  vars: { t: text, n: 5, f: 1.5, yes: true, none: , q: "0123", m: { a: [] } }\n',
    );
    const { targets } = await select({ hosts: ['x'], inventory: from });
    expect(JSON.stringify(targets[0]?.vars)).toBe(
      '{"t":"text","n":5,"f":1.5,"yes":true,"none":null,"q":"0123","m":{"a":[]}}',
    );
    expect(from.warnings).toEqual([]);
  });

  it('warn of variables that YAML reads as other numbers than they seem', async () => {
    const from = await inventory('hosts:\n  a:\n    vars:\n      version: 10.0\n      id: 0123\n');
    expect(from.warnings).toEqual([
      'hosts.yaml:4: hosts.a.vars.version: YAML reads 10.0 as the number 10; quote it if it is meant as text',
      'hosts.yaml:5: hosts.a.vars.id: YAML reads 0123 as the number 123; quote it if it is meant as text',
    ]);
    expect((await select({ all: true, inventory: from })).warnings).toEqual(from.warnings);
  });
});

describe('F56: names that mean something to JavaScript are plain names', () => {
  const SOURCE = `
hosts:
  __proto__: { user: a, vars: { __proto__: { polluted: 1 }, constructor: c } }
  constructor: { user: b }
  toString: { user: c }
groups:
  __proto__: { hosts: [__proto__, constructor] }
  constructor: { groups: [__proto__] }
  hasOwnProperty: { hosts: toString }
`;

  it('as hosts, groups and variables', async () => {
    const from = await inventory(SOURCE);
    const { targets } = await select({
      groups: ['constructor', 'hasOwnProperty'],
      inventory: from,
    });
    expect(targets.map(({ name, user }) => [name, user])).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
      ['toString', 'c'],
    ]);
    const vars = targets[0]?.vars ?? {};
    expect(Object.getPrototypeOf(vars)).toBeNull();
    expect(Object.keys(vars)).toEqual(['__proto__', 'constructor']);
  });

  it('and change no prototype', async () => {
    const before = Object.getOwnPropertyNames(Object.prototype);
    await inventory(SOURCE);
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
    expect({}).not.toHaveProperty('polluted');
  });

  it.each(['__proto__', 'constructor', 'toString'])('where there is no group %s', async (name) => {
    const from = await inventory('hosts: [web1]\ngroups: { g: { hosts: web1 } }');
    expect(from.group(name)).toBeNull();
    expect(from.canonical(name)).toBeNull();
    expect(from.groupsOf(name)).toEqual([]);
  });
});
