import { describe, expect, it } from 'vitest';
import { inventory, refusal } from '../support.ts';

async function message(text: string): Promise<string> {
  const error = await refusal(() => inventory(text));
  expect(['inventory', 'node-set']).toContain(error.code);
  return error.hint === null ? error.message : `${error.message} | ${error.hint}`;
}

describe('what is wrong with an inventory is told with file, line and key', () => {
  it.each([
    [
      'an unknown section, with the near miss',
      'host:\n  db1: {}\n',
      'hosts.yaml:1: host: unknown key host | did you mean hosts?',
    ],
    [
      'an unknown key of a host, with the near miss',
      'hosts:\n  db1:\n    prot: 22\n',
      'hosts.yaml:3: hosts.db1.prot: unknown key prot | did you mean port?',
    ],
    [
      'an unknown key without a near miss, with the keys there are',
      'defaults:\n  colour: red\n',
      'hosts.yaml:2: defaults.colour: unknown key colour | the keys here are port, user, identity, jump, vars',
    ],
    [
      'an address in a group',
      'groups:\n  web:\n    address: 10.0.0.1\n',
      'hosts.yaml:3: groups.web.address: unknown key address | the keys here are hosts, groups, port, user, identity, jump, vars',
    ],
    [
      'a local program',
      'defaults:\n  proxycommand: id\n',
      'hosts.yaml:2: defaults.proxycommand: unknown key proxycommand | the keys here are port, user, identity, jump, vars',
    ],
    [
      'a merge key',
      'hosts:\n  db1:\n    <<: {port: 22}\n',
      'hosts.yaml:3: hosts.db1."<<": unknown key "<<" | the keys here are address, port, user, identity, jump, vars',
    ],
    [
      'a key that stands twice',
      'hosts:\n  db1:\n    port: 22\n    port: 23\n',
      'hosts.yaml:4: hosts.db1.port: duplicate key port',
    ],
    [
      'a host that is there twice',
      'hosts:\n  db1: {}\n  db2: {}\n  db1: {}\n',
      'hosts.yaml:4: hosts.db1: duplicate host db1',
    ],
    [
      'a host that is there twice in a list',
      'hosts:\n  - db1\n  - db1\n',
      'hosts.yaml:3: hosts: duplicate host db1',
    ],
    [
      'a host that a range names again',
      'hosts:\n  db1: {}\n  "db[1-3]": {}\n',
      'hosts.yaml:3: hosts."db[1-3]": duplicate host db1',
    ],
    [
      'a host that is there in another case',
      'hosts:\n  db1: {}\n  DB1: {}\n',
      'hosts.yaml:3: hosts.DB1: duplicate host DB1, which is db1 but for its case',
    ],
    [
      'a port that is a word',
      'hosts:\n  db1:\n    port: high\n',
      'hosts.yaml:3: hosts.db1.port: must be a whole number from 1 to 65535, not high',
    ],
    [
      'a port that is too large',
      'defaults: { port: 99999 }\n',
      'hosts.yaml:1: defaults.port: must be a whole number from 1 to 65535, not 99999',
    ],
    [
      'a port that is zero',
      'defaults: { port: 0 }\n',
      'hosts.yaml:1: defaults.port: must be a whole number from 1 to 65535, not 0',
    ],
    [
      'a port in a list',
      'defaults:\n  port: [22]\n',
      'hosts.yaml:2: defaults.port: must be a whole number from 1 to 65535, not a list',
    ],
    [
      'a host that is a number',
      'hosts:\n  db1: 22\n',
      'hosts.yaml:2: hosts.db1: must be a map of address, port, user, identity, jump, vars, not 22',
    ],
    [
      'hosts that are a word',
      'hosts: web1\n',
      'hosts.yaml:1: hosts: must be a map of hosts, or a list of them, not web1',
    ],
    [
      'groups that are a list',
      'groups: [web]\n',
      'hosts.yaml:1: groups: must be a map of groups, not a list',
    ],
    [
      'a list for a file',
      '- web1\n',
      'hosts.yaml:1: must be a map of defaults, groups, hosts, not a list',
    ],
    [
      'variables that are a list',
      'defaults:\n  vars: [1]\n',
      'hosts.yaml:2: defaults.vars: must be a map of variables, not a list',
    ],
    [
      'a host name that YAML makes a number of',
      'hosts:\n  db1: {}\n  0123: {}\n',
      'hosts.yaml:3: hosts.0123: must be the name of a host, but YAML reads 0123 as a number | quote it: "0123"',
    ],
    [
      'a host name in a list that YAML makes a number of',
      'groups:\n  web:\n    hosts: [web1, 10.0]\n',
      'hosts.yaml:3: groups.web.hosts: must be a node set, or a list of them, but YAML reads 10.0 as a number | quote it: "10.0"',
    ],
    [
      'a user that YAML makes a truth value of',
      'defaults:\n  user: true\n',
      'hosts.yaml:2: defaults.user: must be the name of a user, but YAML reads true as a truth value | quote it: "true"',
    ],
    [
      'an address that YAML makes a number of',
      'hosts:\n  db1: { address: 10.1 }\n',
      'hosts.yaml:2: hosts.db1.address: must be the name or address of a host, but YAML reads 10.1 as a number | quote it: "10.1"',
    ],
    [
      'a user without a value',
      'defaults:\n  user:\n',
      'hosts.yaml:2: defaults.user: must be the name of a user, and is empty',
    ],
    [
      'an address that is an option',
      'hosts:\n  db1: { address: -oProxyCommand=id }\n',
      'hosts.yaml:2: hosts.db1.address: "-oProxyCommand=id" begins with \'-\'',
    ],
    [
      'an address with a port',
      'hosts:\n  db1: { address: "10.0.0.1:22" }\n',
      'hosts.yaml:2: hosts.db1.address: "10.0.0.1:22" names a user or a port, which have keys of their own',
    ],
    [
      'a user that is an option',
      'defaults: { user: -oProxyCommand=id }\n',
      `hosts.yaml:1: defaults.user: "-oProxyCommand=id" begins with '-'`,
    ],
    [
      'a jump host that is more than a host',
      'defaults:\n  jump: "gate;id"\n',
      'hosts.yaml:2: defaults.jump: the jump host "gate;id" holds ;',
    ],
    [
      'a host name that is more than a host',
      'hosts:\n  "web1;id": {}\n',
      'hosts.yaml:2: hosts."web1;id": "web1;id" is no host name: it holds ;',
    ],
    [
      'a host name with a port that is none',
      'hosts: ["web1:99999"]\n',
      'hosts.yaml:1: hosts: "web1:99999" has the port 99999, which is not from 1 to 65535',
    ],
    [
      'a bad node set',
      'groups:\n  web:\n    hosts: "web[1-"\n',
      'hosts.yaml:3: groups.web.hosts: "web[1-" has a bracket that is not closed',
    ],
    [
      'an operator where hosts are defined',
      'hosts:\n  "web[1-3]!web2": {}\n',
      'hosts.yaml:2: hosts."web[1-3]!web2": "web[1-3]!web2" must name hosts, without operators, groups and wildcards',
    ],
    [
      'a group that is not there, with the near miss',
      'groups:\n  web: { hosts: web1 }\n  eu:\n    groups: [wbe]\n',
      'hosts.yaml:4: groups.eu.groups: there is no group "wbe" | did you mean web?',
    ],
    [
      'a group that is not there, within a node set',
      'groups:\n  web: { hosts: web1 }\n  eu:\n    hosts: "@wbe"\n',
      'hosts.yaml:4: groups.eu.hosts: there is no group "wbe" | did you mean web?',
    ],
    [
      'a difference that takes nothing away',
      'groups:\n  web: { hosts: "web[1-3]!wbe2" }\n',
      'hosts.yaml:2: groups.web.hosts: "wbe2" names nothing',
    ],
    [
      'every host, within a group',
      'groups:\n  web: { hosts: "@*" }\n',
      'hosts.yaml:2: groups.web.hosts: "@*" cannot stand in a group: it would hold itself',
    ],
    [
      'a name that no group can have',
      'groups:\n  "a,b": { hosts: web1 }\n',
      'hosts.yaml:2: groups."a,b": is no name for a group',
    ],
    [
      'a tag',
      'hosts:\n  db1: !!js/function x\n',
      'hosts.yaml:2: an inventory takes no tags | to make a number a text, quote it',
    ],
    [
      'a second document',
      'hosts:\n  db1: {}\n---\nhosts: {}\n',
      'hosts.yaml:2: more than one document',
    ],
    ['an alias of nothing', 'hosts:\n  db1: *x\n', 'hosts.yaml:2: alias of nothing: *x'],
    [
      'a key that is a map',
      'hosts:\n  ? {a: b}\n  : {}\n',
      'hosts.yaml:2: hosts."?": a key must be a text',
    ],
    [
      'a variable that is no number of JSON',
      'defaults:\n  vars:\n    x: .inf\n',
      'hosts.yaml:3: defaults.vars.x: .inf is no number of JSON | quote it',
    ],
  ])('%s', async (_, text, expected) => {
    expect(await message(text)).toBe(expected);
  });

  it('what is not YAML', async () => {
    expect(await message('hosts:\n  db1: {\n')).toMatch(/^hosts\.yaml:\d+: is not YAML: /u);
    expect(await message('hosts:\n\tdb1: {}\n')).toMatch(/^hosts\.yaml:2: is not YAML: /u);
  });

  it('and whatever it holds, the message is one safe line', async () => {
    const text = await message('hosts:\n  "a\\u001b[31m\\nb": {}\n');
    expect(text).not.toMatch(/[\u0000-\u001f]/u);
    expect(text).toContain('hosts.yaml:2: hosts.');
  });
});

describe('F53: groups in a circle are refused with their path and lines', () => {
  it('a circle of two', async () => {
    const text = 'groups:\n  a:\n    groups: [b]\n  b:\n    groups: [a]\n';
    expect(await message(text)).toBe(
      'hosts.yaml:2: groups.a: group cycle: a -> b -> a (lines 2, 4)',
    );
  });

  it('a group in itself', async () => {
    expect(await message('groups:\n  a: { groups: a }\n')).toBe(
      'hosts.yaml:2: groups.a: group cycle: a -> a (line 2)',
    );
  });

  it('a circle through node sets, behind a group outside of it', async () => {
    const text = [
      'groups:',
      '  x: { groups: [a] }',
      '  a: { hosts: "web1,(@b!web2)" }',
      '  b: { hosts: "@c[1-2]" }',
      '  c1: { hosts: c }',
      '  c2: { hosts: "@a" }',
    ].join('\n');
    expect(await message(text)).toBe(
      'hosts.yaml:3: groups.a: group cycle: a -> b -> c2 -> a (lines 3, 4, 6)',
    );
  });

  it('an alias within itself', async () => {
    expect(await message('groups: &all\n  web: *all\n')).toBe(
      'hosts.yaml:2: cyclic alias: *all stands within itself',
    );
  });

  it('a very long row of groups', async () => {
    const rows = Array.from(
      { length: 5000 },
      (_, index) => `  g${String(index)}: { groups: [g${String(index + 1)}] }`,
    );
    const text = ['groups:', ...rows, '  g5000: { hosts: x }'].join('\n');
    expect(await message(text)).toMatch(
      /hosts\.yaml:102: groups\.g100: is more than 100 groups deep/u,
    );
  });
});
