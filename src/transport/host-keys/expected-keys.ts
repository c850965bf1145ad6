import { readFile } from 'node:fs/promises';
import { errorCode } from '../../base/system-error.ts';
import { ConfigError } from '../../model/errors.ts';
import type { ExpectedAs } from '../../model/host-trust.ts';
import type { OfferedHostKey } from '../../model/ports/transport.ts';
import { lowerCase, matchesNames } from './host-pattern.ts';
import { fingerprint } from './key-blob.ts';
import { indexLines, knownHostsName, type KnownHosts } from './known-hosts.ts';
import { keyOfLine, parseLine, type KnownHostsLine } from './known-hosts-line.ts';

/** The keys that hosts should have, from a file. */
export interface ExpectedKeys {
  /** What it says of each of the keys that one host has shown. `names`: all by which the file may call the host. */
  about(
    host: { readonly host: string; readonly port: number; readonly names: readonly string[] },
    keys: readonly OfferedHostKey[],
  ): readonly ExpectedAs[];
}

/**
 * Reads expected keys in any form in which tools print them: known_hosts and ssh-keyscan (`HOST TYPE KEY`), ssh-keygen -l
 * (`256 SHA256:... HOST (ED25519)`), or `HOST SHA256:...`, with or without a type between the two. Throws ConfigError
 * `known-hosts`: the file cannot be read, or a line is none of these: nothing that somebody meant may be passed over.
 */
export async function readExpectedKeys(file: string): Promise<ExpectedKeys> {
  const lines: KnownHostsLine[] = [];
  const prints: Fingerprint[] = [];
  for (const [index, raw] of (await textOf(file)).split('\n').entries()) {
    const text = raw.trim();
    if (text === '' || text.startsWith('#')) continue;
    const print = fingerprintOf(text);
    const line = print === null ? parseLine(raw, file, index + 1) : null;
    if (print !== null) prints.push(print);
    else if (line !== null && keyOfLine(line) !== null) lines.push(line);
    else throw unreadable(file, index + 1);
  }
  return new Expected(indexLines(lines), prints);
}

/** A line that gives a fingerprint instead of a key. */
interface Fingerprint {
  /** A list as in known_hosts, in lower case. */
  readonly names: string;
  /** null: it does not say. */
  readonly type: string | null;
  readonly fingerprint: string;
}

class Expected implements ExpectedKeys {
  readonly #known: KnownHosts;
  readonly #prints: readonly Fingerprint[];

  constructor(known: KnownHosts, prints: readonly Fingerprint[]) {
    this.#known = known;
    this.#prints = prints;
  }

  about(
    { host, port, names }: Parameters<ExpectedKeys['about']>[0],
    keys: readonly OfferedHostKey[],
  ): readonly ExpectedAs[] {
    const wanted = [
      ...this.#listed(host, port),
      ...names.flatMap((name) => this.#listed(name, SSH_PORT)),
      ...this.#printed([knownHostsName(host, port), lowerCase(host), ...names.map(lowerCase)]),
    ];
    const matches = (key: OfferedHostKey): boolean =>
      wanted.some(({ fingerprint: print }) => print === key.fingerprint);
    const isMet = keys.some(matches);
    return keys.map((key) => {
      if (matches(key)) return 'match';
      // A fingerprint without a type may be meant for any of the keys, until one of them is it.
      const isOther = wanted.some(({ type }) => (type === null ? !isMet : type === key.type));
      return isOther ? 'mismatch' : 'unlisted';
    });
  }

  #listed(host: string, port: number): readonly Wanted[] {
    const { keys, withoutPort, revoked } = this.#known.about(host, port);
    return [...keys, ...withoutPort]
      .filter(({ blob }) => !revoked.some((one) => one.blob.equals(blob)))
      .map(({ type, blob }) => ({ type, fingerprint: fingerprint(blob) }));
  }

  #printed(names: readonly string[]): readonly Wanted[] {
    return this.#prints.filter((print) => names.some((name) => matchesNames(print.names, name)));
  }
}

interface Wanted {
  readonly type: string | null;
  readonly fingerprint: string;
}

/** null: the line is of another form. */
function fingerprintOf(text: string): Fingerprint | null {
  const words = text.split(/\s+/u);
  const at = words.findIndex((word) => SHA256.test(word));
  const print = words[at]?.replace(/=+$/u, '');
  if (print === undefined) return null;
  const [first = '', second = ''] = words;
  // As ssh-keygen -l prints it: bits, fingerprint, names, and the type in parentheses.
  if (at === 1 && /^\d+$/u.test(first)) {
    const names = words[2];
    return names === undefined || words.length < 4
      ? null
      : { names: lowerCase(names), type: null, fingerprint: print };
  }
  if (at === 1) return { names: lowerCase(first), type: null, fingerprint: print };
  return at === 2 ? { names: lowerCase(first), type: second, fingerprint: print } : null;
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'latin1');
  } catch (error) {
    throw new ConfigError(
      'known-hosts',
      `cannot read the file of expected keys ${file}: ${errorCode(error) ?? 'unreadable'}`,
      { cause: error },
    );
  }
}

function unreadable(file: string, line: number): ConfigError {
  return new ConfigError('known-hosts', `${file}:${line}: is no host with its key`, {
    hint: 'lines are HOST TYPE KEY, as in known_hosts, or HOST SHA256:...',
  });
}

const SSH_PORT = 22;
const SHA256 = /^SHA256:[A-Za-z0-9+/]{43}=?$/u;
