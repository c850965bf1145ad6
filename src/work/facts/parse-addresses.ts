import { isIPv4, isIPv6 } from 'node:net';
import type { Address } from '../../model/facts.ts';
import { all, text, whole, type Said } from './said.ts';

/** Of whichever the host has: ip(8), ifconfig(8), /proc/net. */
export function parseAddresses(said: Said): readonly Address[] {
  const found = new Map<string, Address>();
  for (const one of [...ofIp(said), ...ofIfconfig(said), ...ofProc(said)]) {
    if (one !== null) found.set(`${one.interface} ${one.address}`, one);
  }
  return [...found.values()].slice(0, MOST);
}

/** `2: eth0    inet 10.0.0.5/24 brd ...`; of the other end of a line, `inet 10.0.0.1 peer 10.0.0.2/32`. */
function ofIp(said: Said): readonly (Address | null)[] {
  return all(said, 'ip').map((line) => {
    const [, name, address, peer] = /^\d+: +(\S+) +inet6? (\S+)(?: peer (\S+))?/u.exec(line) ?? [];
    const [bare, bits] = (address ?? '').split('/');
    return make(name?.split('@')[0], bare, bits ?? peer?.split('/')[1]);
  });
}

/**
 * A line that begins with an interface's name, and then its addresses, as the BSDs write them (`inet 10.0.0.5 netmask
 * 0xffffff00`, `inet6 fe80::1%lo0 prefixlen 64`) and as Linux used to (`inet addr:10.0.0.5 ... Mask:255.255.255.0`). The order of
 * lines of both kinds is needed, so they are one list: an interface's begins with no blank.
 */
function ofIfconfig(said: Said): readonly (Address | null)[] {
  let name = '';
  return all(said, 'ifconfig').map((line) => {
    if (!/^\s/u.test(line)) {
      name = /^([^\s]+?):?(?:\s|$)/u.exec(line)?.[1] ?? '';
      return null;
    }
    const [, address, slash] =
      /^\s+inet6? (?:addr: ?)?([\da-fA-F.:]+)(?:%\S*?)?(?:\/(\d+))?(?:\s|$)/u.exec(line) ?? [];
    const length = / prefixlen (\d+)/u.exec(line)?.[1];
    const mask = /(?: netmask |Mask:)([\da-fx.]+)/u.exec(line)?.[1];
    return make(name, address, slash ?? length ?? maskBits(mask));
  });
}

/** IPv4 addresses stand without interfaces there: each is on the one whose network has it. */
function ofProc(said: Said): readonly (Address | null)[] {
  const routes = all(said, 'route').slice(0, MOST).flatMap(routeOf);
  const four = all(said, 'fib')
    .slice(0, 2 * MOST)
    .map((address) => {
      const value = isIPv4(address) ? numberOf(address) : null;
      if (value === null) return null;
      if (address.startsWith('127.')) return make('lo', address, '8');
      const on = routes.find(({ network, mask }) => (value & mask) >>> 0 === network);
      return make(on?.name ?? '?', address, on === undefined ? undefined : String(bitsOf(on.mask)));
    });
  // fe8000000000000000fc00fffe000001 04 40 20 80     eth0
  const six = all(said, 'inet6').map((line) => {
    const [, hex, bits, name] =
      /^([\da-f]{32}) [\da-f]{2} ([\da-f]{2}) [\da-f]{2} [\da-f]{2} +(\S+)$/u.exec(line) ?? [];
    return hex === undefined
      ? null
      : make(name, short(hex), String(Number.parseInt(bits ?? '', 16)));
  });
  return [...four, ...six];
}

interface Route {
  readonly name: string;
  readonly network: number;
  readonly mask: number;
}

/** `eth0 000200C0 00FFFFFF`: bytes in the order of the machine, which is the little-endian one but for very few. */
function routeOf(line: string): readonly Route[] {
  const [, name, network, mask] = /^(\S+) ([\dA-F]{8}) ([\dA-F]{8})$/u.exec(line) ?? [];
  if (name === undefined || network === undefined || mask === undefined) return [];
  const route = { name, network: swapped(network), mask: swapped(mask) };
  return route.mask === 0 ? [] : [route];
}

function swapped(hex: string): number {
  return Buffer.from(hex, 'hex').readUInt32LE();
}

function numberOf(address: string): number {
  return Buffer.from(address.split('.').map(Number)).readUInt32BE();
}

/** RFC 5952. */
function short(hex: string): string {
  const groups = hex.match(/.{4}/gu) ?? [];
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
}

/** `0xffffff00`, or `255.255.255.0`. */
function maskBits(mask: string | undefined): string | undefined {
  if (mask === undefined) return undefined;
  if (/^0x[\da-f]{8}$/u.test(mask)) return String(bitsOf(Number(mask)));
  return isIPv4(mask) ? String(bitsOf(numberOf(mask))) : undefined;
}

function bitsOf(mask: number): number {
  return mask.toString(2).replaceAll('0', '').length;
}

function make(name: string | undefined, address = '', bits?: string): Address | null {
  const family = isIPv4(address) ? 'ipv4' : isIPv6(address) ? 'ipv6' : null;
  const safe = text(name, 64);
  if (family === null || safe === null) return null;
  const prefix = whole(bits);
  const isFit = prefix !== null && prefix <= (family === 'ipv4' ? 32 : 128);
  // A zone is the interface's name again.
  return {
    interface: safe,
    address: address.split('%')[0] ?? '',
    family,
    prefix: isFit ? prefix : null,
  };
}

const MOST = 1_024;
