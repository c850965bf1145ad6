import { safeLine } from '../../base/safe-text.ts';
import { FailureError } from '../../model/failure.ts';
import type { Target } from '../../model/target.ts';
import { algorithms, describeMissing, type Wishes } from '../algorithms.ts';
import { endpoint, fail, seconds } from '../failures.ts';
import { strictVerifier, type HostKeyCheck } from '../host-keys/host-key-check.ts';
import { isStrictKex, startClient, type NegotiatedAlgorithms, type Ssh2 } from '../ssh2.ts';
import type { Attempt } from './attempt.ts';
import type { Carrier } from './carrier.ts';
import { Link } from './link.ts';
import type { Login } from './login.ts';

export interface HandshakeParts {
  readonly ssh2: Ssh2;
  readonly check: Pick<HostKeyCheck, 'algorithms' | 'verify' | 'failure'>;
  readonly login: Pick<Login, 'authenticate'>;
  /** What is wished for; absent: nothing. */
  readonly wishes?: Wishes;
  /** Told, in safe text, what of that cannot be had. */
  readonly warn?: (text: string) => void;
  /** The agent's socket, for commands that may use it from the host; absent or null: for none. */
  readonly lentAgent?: string | null;
  /** Where lines of the conversation go; null: nobody listens. */
  readonly debug: ((line: string) => void) | null;
}

export interface SecureLink {
  readonly link: Link;
  readonly detail: string;
  /** What they agreed on lets somebody in between cut messages out of the handshake (Terrapin). */
  readonly isWeak: boolean;
}

/** The key exchange, and with it the verification of the host's key. */
export function exchangeKeys(
  attempt: Attempt,
  socket: Carrier,
  parts: HandshakeParts,
): Promise<SecureLink> {
  const { target } = attempt.request;
  const { check, login } = parts;
  const expired = (waitedMs: number, limitMs: number): FailureError =>
    fail(
      'banner-timeout',
      `${endpoint(target)} greeted, but the key exchange did not end in ${seconds(waitedMs)} (limit ${seconds(limitMs)})`,
    );
  return attempt.step<SecureLink>(expired, (agreed, failed) => {
    const { offer, missing } = algorithms(check.algorithms, parts.wishes);
    const empty = missing.find(({ isAll }) => isAll);
    if (empty !== undefined) {
      failed(
        fail(
          'protocol',
          `cannot speak to ${endpoint(target)}: we have none of ${describeMissing(empty)}`,
        ),
      );
      return;
    }
    for (const one of missing)
      parts.warn?.(safeLine(`not known here, passed over: ${describeMissing(one)}`));
    const client = startClient(parts.ssh2, {
      clock: attempt.clock,
      socket,
      user: target.user,
      algorithms: offer,
      verify: strictVerifier(check),
      authenticate: login.authenticate,
      lentAgent: parts.lentAgent ?? null,
      debug: parts.debug,
    });
    const link = new Link(client, socket);
    link.onEnd((error) => {
      failed(check.failure === null ? broken(target, error) : new FailureError(check.failure));
    });
    // `on`, not `once`: every later key exchange says so too, and by then the promise is settled.
    client.once('handshake', (negotiated: NegotiatedAlgorithms) => {
      const isWeak = isOpenToTerrapin(negotiated, isStrictKex(client));
      agreed({ link, detail: describe(negotiated, isWeak), isWeak });
    });
  });
}

/** Why contact ended within the key exchange. */
function broken(target: Target, error: Error | null): FailureError {
  const where = endpoint(target);
  if (error === null || isOfSocket(error)) {
    // sshd sheds load also from those it has greeted, and then says nothing.
    return fail('target-busy', `${where} closed the connection within the key exchange`, {
      cause: error,
    });
  }
  if (disconnectReason(error) === TOO_MANY_CONNECTIONS) {
    return fail('target-busy', `${where} turns logins away for now: ${error.message}`);
  }
  return fail('protocol', `key exchange with ${where} failed: ${error.message}`, { cause: error });
}

function isOfSocket(error: Error): boolean {
  return 'level' in error && error.level === 'client-socket';
}

/** The reason code of the server's disconnect message; null for an error that is none. */
export function disconnectReason(error: Error): number | null {
  return 'code' in error && typeof error.code === 'number' ? error.code : null;
}

/** The attack needs ChaCha20-Poly1305 or CBC, and no strict key exchange (CVE-2023-48795). */
export function isOpenToTerrapin(
  { cs, sc }: Readonly<Record<'cs' | 'sc', { readonly cipher: string }>>,
  isStrict: boolean,
): boolean {
  return !isStrict && [cs, sc].some(({ cipher }) => /^chacha20|-cbc$/u.test(cipher));
}

function describe({ kex, serverHostKey, cs }: NegotiatedAlgorithms, isWeak: boolean): string {
  const weak = isWeak ? ', without strict key exchange' : '';
  return `${kex}, ${serverHostKey}, ${cs.cipher}${weak}`;
}

/** RFC 4253 section 11.1. */
const TOO_MANY_CONNECTIONS = 12;
