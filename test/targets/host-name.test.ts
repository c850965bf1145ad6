import { describe, expect, it } from 'vitest';

import { parseHostName } from '../../src/targets/host-name.ts';
describe('a host is taken apart', () => {
  it.each([
    ['web1', { user: null, host: 'web1', port: null }],
    ['web1.example.com:2222', { user: null, host: 'web1.example.com', port: 2222 }],
    ['bob@web1', { user: 'bob', host: 'web1', port: null }],
    ['bob@web1:22', { user: 'bob', host: 'web1', port: 22 }],
    ['DOMAIN-bob@corp@web1', { user: 'DOMAIN-bob@corp', host: 'web1', port: null }],
    ['10.0.0.1:22', { user: null, host: '10.0.0.1', port: 22 }],
    ['::1', { user: null, host: '::1', port: null }],
    ['2001:db8::1', { user: null, host: '2001:db8::1', port: null }],
    ['fe80::1%eth0', { user: null, host: 'fe80::1%eth0', port: null }],
    ['[::1]', { user: null, host: '::1', port: null }],
    ['bob@[fe80::1%eth0]:2222', { user: 'bob', host: 'fe80::1%eth0', port: 2222 }],
    ['rechner-\u00fc', { user: null, host: 'rechner-\u00fc', port: null }],
  ])('%s', (name, expected) => {
    expect(parseHostName(name)).toEqual(expected);
  });
});

describe('a host that could be more than a host is refused', () => {
  it.each([
    ['-oProxyCommand=id', "begins with '-'"],
    ['bob@-oProxyCommand=id', "has a host part that begins with '-'"],
    ['-l@web1', "begins with '-'"],
    ['web1;id', 'holds ;'],
    ['web1 -p 22', 'holds a blank'],
    ['$(id)', 'holds $'],
    ['`id`', 'holds `'],
    ['a|b', 'holds |'],
    ['a&b', 'holds &'],
    ['a\\b', 'holds \\'],
    ['a"b', 'holds "'],
    ["a'b", "holds '"],
    ['a{b}', 'holds {'],
    ['a(b', 'holds ('],
    ['a<b', 'holds <'],
    ['a,b', 'holds ,'],
    ['a\nb', 'holds a blank'],
    ['a\u001b[31mb', 'holds a control or invisible character'],
    ['a\u0000b', 'holds a control or invisible character'],
    ['a\u202eb', 'holds a control or invisible character'],
    ['', 'is empty'],
    ['bob@', 'has a host part that is empty'],
    ['@web1', 'has a user that is empty'],
    ['web1:', 'has the port , which is not from 1 to 65535'],
    ['web1:0', 'has the port 0, which is not from 1 to 65535'],
    ['web1:65536', 'has the port 65536, which is not from 1 to 65535'],
    ['web1:99999', 'has the port 99999, which is not from 1 to 65535'],
    ['web1:ssh', 'has the port ssh, which is not from 1 to 65535'],
    ['a:b:c:zz', 'is neither host:port nor an IPv6 address'],
    ['[web1]:22', 'has brackets around what is no IPv6 address'],
    ['web[1', 'has a bracket where none can be'],
    ['a'.repeat(600), 'is longer than 512 characters'],
  ])('%j', (name, problem) => {
    expect(parseHostName(name)).toBe(problem);
  });

  it('knows every character that OpenSSH refuses in a host name', () => {
    for (const character of '\'`"$\\;&<>|(){},') {
      expect(parseHostName(`a${character}b`)).toBe(`holds ${character}`);
    }
  });
});
