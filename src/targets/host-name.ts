import { visible } from '../base/safe-text.ts';

/** A host as it was named, taken apart: `web1`, `web1:2222`, `bob@web1`, `[::1]:2222`, `::1`. */
export interface HostName {
  readonly user: string | null;
  /** Without brackets. */
  readonly host: string;
  readonly port: number | null;
}

/**
 * Why this text cannot be part of a host name, or null. Names are hostile data: what OpenSSH refuses in one
 * (`valid_hostname` in its ssh.c), blanks, control and invisible characters.
 */
export function characterFault(text: string): string | null {
  if (PLAIN.test(text)) return null;
  const refused = REFUSED.exec(text)?.[0];
  if (refused !== undefined) return `holds ${refused.trim() === '' ? 'a blank' : refused}`;
  return visible(text) === text ? null : 'holds a control or invisible character';
}

/** Why this text cannot be a host's name, or null. */
export function nameFault(name: string): string | null {
  if (name === '') return 'is empty';
  // It would be taken for an option by any program that is handed the name.
  if (name.startsWith('-')) return "begins with '-'";
  if (name.length > MAX_NAME) return `is longer than ${String(MAX_NAME)} characters`;
  return characterFault(name);
}

/** Why this text cannot be a user's name (`valid_ruser` in OpenSSH's ssh.c), or null. */
export function userFault(user: string): string | null {
  if (user === '') return 'is empty';
  if (user.startsWith('-')) return "begins with '-'";
  if (user.length > MAX_NAME) return `is longer than ${String(MAX_NAME)} characters`;
  if (visible(user) !== user || /[\n\t]/u.test(user)) return 'holds a control character';
  if (/['`";&<>|(){}]|\s-|\\$/u.test(user)) return 'holds a character that SSH refuses';
  return null;
}

/** Takes a host's name apart; a text is why that cannot be done. */
export function parseHostName(name: string): HostName | string {
  if (PLAIN_NAME.test(name)) return { user: null, host: name, port: null };
  const fault = nameFault(name);
  if (fault !== null) return fault;
  // As ssh does it: the last @ ends the user.
  const at = name.lastIndexOf('@');
  const user = at < 0 ? null : name.slice(0, at);
  if (user !== null) {
    const userProblem = userFault(user);
    if (userProblem !== null) return `has a user that ${userProblem}`;
  }
  const rest = name.slice(at + 1);
  const place = parsePlace(rest);
  if (typeof place === 'string') return place;
  const hostProblem = nameFault(place.host);
  return hostProblem === null ? { user, ...place } : `has a host part that ${hostProblem}`;
}

/** A port from 1 to 65535, or null. */
export function parsePort(text: string): number | null {
  if (!/^[1-9]\d{0,4}$/u.test(text)) return null;
  const port = Number(text);
  return port <= 65_535 ? port : null;
}

/** The host alone, in the one spelling that DNS makes of it: what tells whether two names mean the same host. */
export function hostKey(name: string): string {
  if (!/[@:]/u.test(name)) return name.toLowerCase();
  const parsed = parseHostName(name);
  return (typeof parsed === 'string' ? name : parsed.host).toLowerCase();
}

/** Most names by far: letters, digits, dots, dashes and underscores, without ranges. */
export function isPlainName(text: string): boolean {
  return PLAIN_NAME.test(text);
}

/** Names that stay whole: an address of IPv6, `host:port`. */
export function staysWhole(name: string): boolean {
  return name.includes(':');
}

function parsePlace(
  text: string,
): { readonly host: string; readonly port: number | null } | string {
  const bracketed = /^\[([^[\]]*)\](?::(.*))?$/u.exec(text);
  if (bracketed !== null) {
    const host = bracketed[1] ?? '';
    if (!IPV6.test(host)) return 'has brackets around what is no IPv6 address';
    return bracketed[2] === undefined ? { host, port: null } : withPort(host, bracketed[2]);
  }
  if (/[[\]]/u.test(text)) return 'has a bracket where none can be';
  const colon = text.indexOf(':');
  if (colon < 0) return { host: text, port: null };
  if (colon === text.lastIndexOf(':')) return withPort(text.slice(0, colon), text.slice(colon + 1));
  if (IPV6.test(text)) return { host: text, port: null };
  return 'is neither host:port nor an IPv6 address';
}

function withPort(host: string, text: string): { host: string; port: number } | string {
  const port = parsePort(text);
  return port === null ? `has the port ${text}, which is not from 1 to 65535` : { host, port };
}

/** Most names, at a glance. */
const PLAIN_NAME = /^[A-Za-z0-9._][A-Za-z0-9._-]{0,255}$/u;
const PLAIN = /^[A-Za-z0-9._-]*$/u;
const REFUSED = /['`"$\\;&<>|(){},\s]/u;
const IPV6 = /^(?=(?:[^:]*:){2})[0-9A-Fa-f:.]+(?:%[\w.-]+)?$/u;
/** DNS allows 253, and a user and a port may stand beside it; OpenSSH's own limit is 1025. */
const MAX_NAME = 512;
