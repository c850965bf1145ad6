import { safeLine } from '../../base/safe-text.ts';
import { FailureError } from '../../model/failure.ts';
import type { Reach } from '../../model/ports/transport.ts';
import type { Wishes } from '../algorithms.ts';
import type { HostKeyCheck } from '../host-keys/host-key-check.ts';
import type { Attempt } from './attempt.ts';
import { authenticate } from './authenticate.ts';
import type { Carrier } from './carrier.ts';
import { carrierTo, type Ways } from './carrier-to.ts';
import { greet } from './greeting.ts';
import { exchangeKeys } from './handshake.ts';
import type { Link } from './link.ts';
import { Login, type Means } from './login.ts';

export interface LoginParts extends Means {
  /** The agent's socket, for commands that may use it from the host; null: for none. */
  readonly lentAgent: string | null;
  readonly check: HostKeyCheck;
  /** Of the target's settings. */
  readonly wishes: Wishes;
  /** Told, in safe text, of what is wrong with settings that many targets share. */
  readonly warn: (text: string) => void;
  /** Where lines of the conversation go; null: nobody listens. */
  readonly debug: ((line: string) => void) | null;
}

/** A server that has greeted us. */
export interface Greeted {
  readonly socket: Carrier;
  /** Its identification line; safe text. */
  readonly greeting: string;
  /** To be called when the attempt is over, which a kept connection must not hold on to. */
  readonly unwatch: () => void;
}

/** The way to a server, as far as `until`; null where that is short of a login. Without a login nothing is sent. */
export async function approach(
  attempt: Attempt,
  ways: Ways,
  until: Reach,
): Promise<Greeted | null> {
  const { progress } = attempt;
  const socket = await carrierTo(attempt, ways, until);
  if (socket === null) return null;
  if (until === 'tcp') return null;

  // What it goes over may know better than its end tells why it ended.
  const cut = (error: Error): void => {
    if (error instanceof FailureError) attempt.cut(error);
  };
  socket.on('error', cut);

  const greeting = safeLine(await greet(attempt, socket));
  progress.sshMs = attempt.lap();
  if (until === 'auth') return { socket, greeting, unwatch: () => void socket.off('error', cut) };
  attempt.passed('handshake', progress.sshMs, greeting);
  return null;
}

/** From the greeting to a login. */
export async function enter(
  attempt: Attempt,
  { socket, greeting, unwatch }: Greeted,
  parts: LoginParts,
): Promise<Link> {
  const { progress } = attempt;
  const { check } = parts;
  const { ask } = parts;
  const login = new Login(attempt.request.target, {
    ...parts,
    // A person takes long, which is not the host's fault.
    ask: ask && ((question) => attempt.untimed(() => ask(question))),
  });

  const { observer } = attempt.request;
  const { link, detail, isWeak } = await exchangeKeys(attempt, socket, { ...parts, login });
  const exchangeMs = attempt.lap();
  attempt.passed('handshake', (progress.sshMs ?? 0) + exchangeMs, `${greeting}, ${detail}`);
  if (isWeak) observer.warning(WITHOUT_STRICT_KEX);

  // Nothing of ours is offered before the host has proven its key and, if it is new, the key is written down.
  if (await check.accepted()) observer.warning(`host key learned: ${check.shown}`);
  const verifyMs = attempt.lap();
  attempt.passed('verify', verifyMs, check.detail);

  await authenticate(attempt, link, login);
  const loginMs = attempt.lap();
  progress.authMs = exchangeMs + verifyMs + loginMs;
  attempt.passed('authenticate', loginMs, login.detail);
  unwatch();
  return link;
}

const WITHOUT_STRICT_KEX =
  'the server is too old for strict key exchange: bytes of the handshake can be cut out (CVE-2023-48795)';
