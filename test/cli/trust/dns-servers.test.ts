import { describe, expect, test } from 'vitest';
import { dnsFrom, parseServer } from '../../../src/cli/trust/dns-servers.ts';
import { parse } from '../../helpers/parse.ts';

describe('name servers', () => {
  test.each([
    ['192.0.2.1', { address: '192.0.2.1', port: 53 }],
    ['192.0.2.1:5353', { address: '192.0.2.1', port: 5353 }],
    ['2001:db8::1', { address: '2001:db8::1', port: 53 }],
    ['[2001:db8::1]:5353', { address: '2001:db8::1', port: 5353 }],
    ['ns.example.com', null],
    ['192.0.2.1:0', null],
    ['192.0.2.1:65536', null],
    ['192.0.2.1:', null],
    ['[192.0.2.1', null],
  ])('written as %s', (text, server) => {
    expect(parseServer(text)).toEqual(server);
  });

  test("are asked only where somebody wants it; those that are named instead of the system's", () => {
    expect(dnsFrom(parse('trust', []).values)).toBeNull();
    const named = ['--dns-server', '127.0.0.1:5353', '--dns-server=127.0.0.2'];
    expect(dnsFrom(parse('trust', named).values)).toEqual({
      servers: [
        { address: '127.0.0.1', port: 5353 },
        { address: '127.0.0.2', port: 53 },
      ],
      areTrusted: false,
    });
    const wrong = parse('trust', ['--dns', '--dns-server', 'ns.example.com']).values;
    expect(() => dnsFrom(wrong)).toThrow('"ns.example.com" is no address');
  });
});
