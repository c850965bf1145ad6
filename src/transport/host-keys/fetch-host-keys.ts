import { safeLine } from '../../base/safe-text.ts';
import { FailureError } from '../../model/failure.ts';
import type { OfferedHostKey } from '../../model/ports/transport.ts';
import { PLAIN_SSH } from '../../model/ssh-settings.ts';
import type { Target } from '../../model/target.ts';
import type { Attempt } from '../connect/attempt.ts';
import type { Greeted } from '../connect/connect.ts';
import { exchangeKeys } from '../connect/handshake.ts';
import { endpoint, fail } from '../failures.ts';
import type { Ssh2 } from '../ssh2.ts';
import { HOST_KEY_TYPES, type HostKeyType } from './algorithms.ts';
import { certifiedName, parseCertificate } from './certificate.ts';
import { fingerprint, keyType } from './key-blob.ts';

export interface HostKeySource {
  readonly ssh2: Ssh2;
  readonly target: Target;
  /**
   * A new connection to the server, which has greeted, lent for one key exchange: `use` closes it, unless it fails. With it
   * the attempt is over.
   */
  lend<T>(use: (attempt: Attempt, greeted: Greeted) => Promise<T>): Promise<T>;
}

/**
 * One key exchange for each type of key that the server has, none of which goes on to log in. A key counts when the
 * exchange has succeeded: only then the server has proven that it holds it (RFC 4253 section 8).
 */
export async function fetchHostKeys(source: HostKeySource): Promise<readonly OfferedHostKey[]> {
  const found: OfferedHostKey[] = [];
  let wanted: readonly HostKeyType[] = HOST_KEY_TYPES;
  while (wanted.length > 0) {
    const shown = await source.lend((attempt, greeted) =>
      exchange(source, attempt, greeted, wanted),
    );
    const { key, offered } = shown;
    if (key !== null) found.push(key);
    else if (found.length === 0) throw noKeyOfOurs(source.target, offered);
    const left = key === null ? [] : wanted.filter(({ type }) => type !== key.type);
    wanted =
      offered === null
        ? left
        : left.filter((type) => algorithmsOf(type).some((name) => offered.includes(name)));
  }
  return found.toSorted((one, other) => rank(one.type) - rank(other.type));
}

interface Shown {
  /** null: the server has no key of the types that were asked for. */
  readonly key: OfferedHostKey | null;
  /** The names of all algorithms that the server has for its keys; null: it did not come to that. */
  readonly offered: readonly string[] | null;
}

async function exchange(
  { ssh2 }: HostKeySource,
  attempt: Attempt,
  { socket, greeting }: Greeted,
  wanted: readonly HostKeyType[],
): Promise<Shown> {
  const { observer, target } = attempt.request;
  let blob: Buffer | null = null;
  let offered: readonly string[] | null = null;
  const check = {
    algorithms: wanted.flatMap(algorithmsOf),
    failure: null,
    // Nothing is trusted here: whoever it is proves only that the key is theirs.
    verify: (key: Buffer) => {
      blob = Buffer.from(key);
      return null;
    },
  };
  const debug = (line: string): void => {
    observer.trace?.(safeLine(line, LONGEST_TRACE));
    offered ??= OFFERED.exec(line)?.[1]?.split(',') ?? null;
  };
  try {
    const { link, detail } = await exchangeKeys(attempt, socket, {
      ssh2,
      check,
      // Asks for nothing, and so nothing of ours leaves.
      login: { authenticate: () => undefined },
      // Which keys it has is what is asked.
      wishes: { ...(target.ssh ?? PLAIN_SSH), hostKeyAlgorithms: null },
      debug,
    });
    attempt.passed('handshake', attempt.lap(), `${greeting}, ${detail}`);
    link.close();
  } catch (error) {
    if (isWithoutCommonKey(error)) return { key: null, offered };
    throw error;
  }
  const key = described(blob, target);
  // Each round must be of a type that is still wanted, or there would be no end to them.
  if (!wanted.some(({ type }) => type === key.type)) {
    throw fail('protocol', `${endpoint(target)} showed a host key of another type than agreed`);
  }
  return { key, offered };
}

function described(blob: Buffer | null, target: Target): OfferedHostKey {
  const certificate = blob === null ? null : parseCertificate(blob);
  const key = certificate?.key ?? blob;
  const type = key === null ? null : keyType(key);
  if (key === null || type === null) {
    throw fail('protocol', `${endpoint(target)} showed a host key that cannot be read`);
  }
  return {
    type,
    fingerprint: fingerprint(key),
    key: key.toString('base64'),
    ...(certificate === null ? {} : { certificate: certificate.blob.toString('base64') }),
  };
}

/** A key that has a certificate comes in it. */
function algorithmsOf({ algorithms }: HostKeyType): readonly string[] {
  return [...algorithms.map(certifiedName), ...algorithms];
}

function isWithoutCommonKey(error: unknown): boolean {
  const cause = error instanceof FailureError ? error.cause : null;
  return cause instanceof Error && cause.message.includes(NO_COMMON_KEY);
}

function noKeyOfOurs(target: Target, offered: readonly string[] | null): FailureError {
  const has = offered === null ? '' : `: it has ${offered.join(', ')}`;
  return fail('protocol', `${endpoint(target)} has no host key of a type known here${has}`);
}

function rank(type: string): number {
  return HOST_KEY_TYPES.findIndex((one) => one.type === type);
}

/** ssh2's words. Without the first, one more exchange tells that no key is left; a test of ours holds both. */
const OFFERED = /^Handshake: \(remote\) Host key format: (.+)$/u;
const NO_COMMON_KEY = 'no matching host key format';
/** A line of the conversation may hold a list of every algorithm there is. */
const LONGEST_TRACE = 1_000;
