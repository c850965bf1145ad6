import { readFile } from 'node:fs/promises';
import { errorCode } from '../../base/system-error.ts';
import { ConfigError } from '../../model/errors.ts';
import type { Target } from '../../model/target.ts';
import { HashedNames, parseHashedName } from './hashed-names.ts';
import { hasPattern, lowerCase, matchesNames } from './host-pattern.ts';
import { keyOfLine, parseLine, type KnownHostsLine, type KnownKey } from './known-hosts-line.ts';

/** What known_hosts files say about hosts. Read once for a job; a host is looked up once, then remembered. */
export interface KnownHosts {
  /** What is known of a host. `host` is what was asked to connect to, not what it resolved to. */
  about(host: string, port: number): HostEntries;
  /** Adds a key that was accepted during this run, so that the same host cannot bring another one. */
  learn(host: string, port: number, key: KnownKey): void;
}

export interface HostEntries {
  /** Keys of this name and port, in the order of the files. */
  readonly keys: readonly KnownKey[];
  /** Keys of the name alone, where the port is not 22: OpenSSH takes them when `[name]:port` is not known at all. */
  readonly withoutPort: readonly KnownKey[];
  /** Keys whose certificates vouch for the host (`@cert-authority`), from lines for the name with or without the port. */
  readonly authorities: readonly KnownKey[];
  /** Keys that must never be accepted, from lines for the name with or without the port. */
  readonly revoked: readonly KnownKey[];
}

/**
 * Reads the files in order. A missing one knows no host; lines that make no sense are passed over, as OpenSSH does.
 * Throws ConfigError `known-hosts` where a file is there and cannot be read: nothing must be trusted, or not, by accident.
 */
export async function loadKnownHosts(files: readonly string[]): Promise<KnownHosts> {
  const lines: KnownHostsLine[] = [];
  for (const file of files) collectLines(await readKnownHosts(file), file, lines);
  return indexLines(lines);
}

/** The same of lines that were read already. */
export function indexLines(lines: readonly KnownHostsLine[]): KnownHosts {
  return new IndexedKnownHosts(lines);
}

/**
 * What known_hosts is asked about for a target: its alias, which is looked up as it is, without a port, or what is connected
 * to (HostKeyAlias in ssh_config(5), get_hostfile_hostname_ipaddr in OpenSSH's sshconnect.c).
 */
export function hostIdentity({ address, port, ssh }: Pick<Target, 'address' | 'port' | 'ssh'>): {
  readonly host: string;
  readonly port: number;
} {
  const alias = ssh?.hostKeyAlias ?? null;
  return alias === null ? { host: address, port } : { host: alias, port: SSH_PORT };
}

/** The name under which known_hosts has a host: in lower case, with the port where it is not 22. */
export function knownHostsName(host: string, port: number): string {
  const name = lowerCase(host);
  return port === SSH_PORT ? name : `[${name}]:${port}`;
}

async function readKnownHosts(file: string): Promise<string> {
  try {
    // One character a byte: names are compared as bytes, and a file in any encoding can be read.
    return await readFile(file, 'latin1');
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return '';
    throw new ConfigError(
      'known-hosts',
      `cannot read the known_hosts file ${file}: ${code ?? 'unreadable'}`,
      {
        cause: error,
      },
    );
  }
}

function collectLines(text: string, file: string, into: KnownHostsLine[]): void {
  let number = 0;
  for (const raw of text.split('\n')) {
    number += 1;
    // A C program sees a line up to its first NUL.
    const nul = raw.indexOf('\0');
    const line = parseLine(nul < 0 ? raw : raw.slice(0, nul), file, number);
    if (line !== null) into.push(line);
  }
}

class IndexedKnownHosts implements KnownHosts {
  readonly #lines: readonly KnownHostsLine[];
  /** Line positions by plain name. */
  readonly #plain = new Map<string, number[]>();
  /** Line positions whose names have wildcards. */
  readonly #patterns: number[] = [];
  readonly #hashed: HashedNames;
  readonly #hashedLines: number[] = [];
  /** What was found for each name, by its known_hosts form. */
  readonly #found = new Map<string, readonly KnownHostsLine[]>();
  readonly #learnt = new Map<string, KnownKey[]>();
  /** Some lines count for the name alone whatever else is known. */
  readonly #hasMarked: boolean;

  constructor(lines: readonly KnownHostsLine[]) {
    this.#lines = lines;
    this.#hasMarked = lines.some((line) => line.marker !== 'none');
    const hashed = [];
    for (const [index, { names }] of lines.entries()) {
      if (names.startsWith('|')) {
        const name = parseHashedName(names);
        if (name === null) continue;
        hashed.push(name);
        this.#hashedLines.push(index);
      } else if (hasPattern(names)) {
        this.#patterns.push(index);
      } else {
        this.#index(names, index);
      }
    }
    this.#hashed = new HashedNames(hashed);
  }

  about(host: string, port: number): HostEntries {
    const name = knownHostsName(host, port);
    const bare = knownHostsName(host, SSH_PORT);
    const lines = this.#find(name);
    const keys = [...keysOf(lines, 'none'), ...(this.#learnt.get(name) ?? [])];
    // Looking a name up in a long hashed file costs milliseconds; here it could change nothing.
    const bareMatters = bare !== name && (keys.length === 0 || this.#hasMarked);
    const bareLines = bareMatters ? this.#find(bare) : [];
    const either = [...new Set([...lines, ...bareLines])];
    return {
      keys,
      withoutPort: keysOf(bareLines, 'none'),
      authorities: keysOf(either, 'cert-authority'),
      revoked: keysOf(either, 'revoked'),
    };
  }

  learn(host: string, port: number, key: KnownKey): void {
    const name = knownHostsName(host, port);
    const learnt = this.#learnt.get(name);
    if (learnt === undefined) this.#learnt.set(name, [key]);
    else learnt.push(key);
  }

  #index(names: string, index: number): void {
    const items = new Set(lowerCase(names).split(','));
    // Through the same matcher as patterns where an item is too long for OpenSSH, so that there is one rule.
    if (names.length > LONGEST_ITEM && [...items].some(({ length }) => length > LONGEST_ITEM)) {
      this.#patterns.push(index);
      return;
    }
    for (const item of items) {
      const known = this.#plain.get(item);
      if (known === undefined) this.#plain.set(item, [index]);
      else known.push(index);
    }
  }

  #find(name: string): readonly KnownHostsLine[] {
    const before = this.#found.get(name);
    if (before !== undefined) return before;
    const bytes = Buffer.from(name, 'utf8');
    const text = bytes.toString('latin1');
    const positions = [
      ...(this.#plain.get(text) ?? []),
      ...this.#patterns.filter((index) => this.#matches(index, text)),
      ...this.#hashed.find(bytes).map((position) => this.#hashedLines[position] ?? -1),
    ];
    const lines = positions
      .sort((one, other) => one - other)
      .flatMap((index) => this.#lines[index] ?? []);
    this.#found.set(name, lines);
    return lines;
  }

  #matches(index: number, name: string): boolean {
    const line = this.#lines[index];
    return line !== undefined && matchesNames(lowerCase(line.names), name);
  }
}

function keysOf(lines: readonly KnownHostsLine[], marker: KnownHostsLine['marker']): KnownKey[] {
  return lines.filter((line) => line.marker === marker).flatMap((line) => keyOnce(line) ?? []);
}

/** A host is asked about several times, and a line may be for many hosts. */
function keyOnce(line: KnownHostsLine): KnownKey | null {
  const known = KEYS.get(line);
  if (known !== undefined) return known;
  const key = keyOfLine(line);
  KEYS.set(line, key);
  return key;
}

const KEYS = new WeakMap<KnownHostsLine, KnownKey | null>();

const SSH_PORT = 22;
/** A longer item may be too long for OpenSSH. */
const LONGEST_ITEM = 1000;
