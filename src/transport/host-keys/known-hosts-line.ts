import { keyType } from './key-blob.ts';

/** sshd(8): `@revoked` lines name keys never to be accepted, `@cert-authority` lines keys that sign host certificates. */
export type Marker = 'none' | 'revoked' | 'cert-authority';

/** A line of known_hosts that names hosts. Its key is read only where the names match. */
export interface KnownHostsLine {
  readonly file: string;
  /** From 1. */
  readonly number: number;
  readonly marker: Marker;
  /** As written: a comma list of patterns, or one hashed name. */
  readonly names: string;
  /** Everything behind the names. */
  readonly rest: string;
}

/** A key that a line gives, and where. */
export interface KnownKey {
  readonly file: string;
  /** null: accepted during this run. */
  readonly line: number | null;
  readonly type: string;
  readonly blob: Buffer;
}

/** Null for empty lines, comments, and lines that OpenSSH passes over: an unknown marker, no names, nothing behind them. */
export function parseLine(text: string, file: string, number: number): KnownHostsLine | null {
  const found = LINE.exec(text);
  const [, markerText, names, rest] = found ?? [];
  if (names === undefined || rest === undefined || names.startsWith('#')) return null;
  const marker = parseMarker(markerText);
  if (marker === null || names.startsWith('@')) return null;
  return { file, number, marker, names, rest };
}

/** The key of a line, or null where it is not one that OpenSSH would read: such a line is as if it were not there. */
export function keyOfLine(line: KnownHostsLine): KnownKey | null {
  const [named, encoded] = line.rest.split(BLANKS);
  if (named === undefined || encoded === undefined) return null;
  // A carriage return at the end is white space to OpenSSH's decoder: files made on Windows are read.
  const text = encoded.replace(/[\r\n\v\f]+/gu, '');
  if (!BASE64.test(text)) return null;
  const blob = Buffer.from(text, 'base64');
  const type = keyType(blob);
  if (type === null || type !== plainType(named)) return null;
  return { file: line.file, line: line.number, type, blob };
}

function parseMarker(text: string | undefined): Marker | null {
  switch (text) {
    case undefined:
      return 'none';
    case '@revoked':
      return 'revoked';
    case '@cert-authority':
      return 'cert-authority';
    default:
      return null;
  }
}

/** The names of signature algorithms stand for the key type too. */
function plainType(named: string): string {
  return named === 'rsa-sha2-256' || named === 'rsa-sha2-512' ? 'ssh-rsa' : named;
}

/** An optional marker, names, and the rest; only spaces and tabs part them. */
const LINE = /^[ \t]*(?:(@[^ \t]+)[ \t]+)?([^ \t]+)[ \t]+([^ \t].*)$/su;
const BLANKS = /[ \t]+/u;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/u;
