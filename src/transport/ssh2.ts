import type ssh2 from 'ssh2';
import type {
  Algorithms,
  AnyAuthMethod,
  AuthContext,
  Client,
  ClientChannel,
  Connection as ServerConnection,
  ExecOptions,
  NegotiatedAlgorithms,
  ParsedKey,
  Prompt as ServerPrompt,
  ServerChannel,
  ServerHostKeyAlgorithm,
  Session,
} from 'ssh2';
import type { Clock } from '../base/clock.ts';
import { lendAgent, permitAgent } from './agent-forwarding.ts';
import type { Carrier } from './connect/carrier.ts';
import { allotPackets, answerTogether, writeTogether } from './bulk.ts';
import { Window, firstWindow, keepWindows } from './channel/window.ts';
import { checkWithRawKeys, passRawKeys } from './curve25519.ts';
import { sendTogether, type ExecRequest } from './exec-request.ts';
import { refuseGlobalRequests } from './global-requests.ts';
import { offerHostKeys, unwrapHostKey } from './certified-host-keys.ts';
import { isCertificateName } from './host-keys/certificate.ts';
import { wireString } from './host-keys/key-blob.ts';
import { offerKeys, type KeyOffer } from './key-offers.ts';
import { OTHER_VERSION, inner, innerChannel, type InnerChannel } from './ssh2-inner.ts';
import { boundUnasked } from './unasked.ts';
import { boundAnswers } from './unread-answers.ts';

/**
 * The only seam to the ssh2 package, its version pinned: whoever needs a part that ssh2 does not promise to keep
 * reaches it here, and a test of ours holds each of them.
 */
export type Ssh2 = typeof ssh2;

/** Loads the package at its first use: it takes 40 ms, and a command that reaches no host needs none of it. */
export function loadSsh2(): Promise<Ssh2> {
  loading ??= import('ssh2').then((module) => module.default);
  return loading;
}

let loading: Promise<Ssh2> | null = null;

/** What to try next; false: nothing; undefined: `next` is called later. `offered` is null the first time. */
export type Authenticator = (
  offered: readonly string[] | null,
  partial: boolean | null,
  next: (method: AnyAuthMethod) => void,
) => AnyAuthMethod | undefined;

export interface ClientOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Connected, paused, its first bytes those of the server's identification line; ours was sent. */
  readonly socket: Carrier;
  readonly user: string;
  readonly algorithms: Algorithms;
  /** From `strictVerifier`: ssh2 takes every answer but `false` for a yes. */
  readonly verify: (key: Buffer) => boolean;
  readonly authenticate: Authenticator;
  readonly debug: ((line: string) => void) | null;
  /** The agent's socket, for commands that may use it from the host. Absent or null: for none. */
  readonly lentAgent?: string | null;
}

/** Begins the key exchange. The caller adds listeners at once, an `error` listener for the client's life first. */
export function startClient(ssh2: Ssh2, options: ClientOptions): Client {
  const client = new ssh2.Client();
  const { serverHostKey: listed } = options.algorithms;
  const hostKeys = Array.isArray(listed) ? listed : ANY;
  const plain = hostKeys.filter((name) => !isCertificateName(name));
  client.connect({
    sock: options.socket,
    ident: IDENT,
    username: options.user,
    // Deadlines and keepalive are ours: its own count a person's typing, and its timer would hold up the process.
    readyTimeout: 0,
    keepaliveInterval: 0,
    algorithms: { ...options.algorithms, serverHostKey: plain.length === 0 ? ANY : plain },
    hostVerifier: (key: Buffer) => {
      const { _protocol: protocol } = inner(client);
      passRawKeys(protocol._kex);
      return options.verify(key) && unwrapHostKey(protocol, key);
    },
    authHandler: options.authenticate,
    ...(options.debug === null ? {} : { debug: options.debug }),
  });
  const parts = inner(client);
  const { _protocol: protocol } = parts;
  if (options.lentAgent) lendAgent(parts, options.lentAgent);
  protocol.start = ignore;
  refuseGlobalRequests(protocol);
  if (plain.length < hostKeys.length) offerHostKeys(protocol, hostKeys);
  offerKeys(protocol, offerOf);
  sendTogether(protocol, options.socket);
  answerTogether(protocol, options.socket);
  allotPackets(protocol);
  const broken = (error: Error): void => void client.emit('error', error);
  keepWindows(parts, broken);
  boundAnswers(protocol, options.socket, broken);
  boundUnasked(protocol, options.clock, broken);
  checkWithRawKeys(patternOf(ssh2));
  return client;
}

/** What an Authenticator returns to offer a key or certificate. */
export function keyMethod(ssh2: Ssh2, offer: KeyOffer): AnyAuthMethod {
  const key = standIn(ssh2);
  OFFERS.set(key, offer);
  return { type: 'publickey', username: offer.user, key };
}

/**
 * Sends a command with all that belongs to it, in one write. `sent` is called when the request leaves, perhaps more than
 * once, `noTerminal` when the server gives it none, `done` when the command is accepted or refused.
 */
export function execCommand(
  client: Client,
  { command, ...request }: ExecRequest,
  sent: () => void,
  noTerminal: () => void,
  done: (error: Error | undefined, opened: Opened | null) => void,
): void {
  const { _protocol: protocol } = inner(client);
  const first = firstWindow();
  protocol.nextWindow = first;
  const terminal = (id: number): void => {
    // Replies have no name but their order: this one comes before that of the command.
    channelOf(client, id)?._callbacks.unshift((isRefused) => {
      if (isRefused) noTerminal();
    });
  };
  client.exec(
    command,
    new SendNotice(() => {
      sent();
      const forwardAgent = request.forwardAgent && permitAgent(inner(client));
      protocol.next = { ...request, forwardAgent, terminal };
    }),
    (error: Error | undefined, channel: ClientChannel | undefined) => {
      // Its own ends the stream once more, which makes an error with a stack trace for every command, for nobody.
      if (channel !== undefined) channel.destroy = closeChannel;
      // Else ssh2 would send it once more.
      if (channel !== undefined && !request.hasInput) innerChannel(channel).outgoing.state = 'eof';
      if (channel !== undefined && request.isSubsystem === true) {
        writeTogether(channel, protocol, inner(client)._sock);
      }
      done(error, channel === undefined ? null : openedWith(channel, first));
    },
  );
}

/** A channel whose command was accepted. */
export interface Opened {
  readonly stream: ClientChannel;
  readonly window: Window;
}

function openedWith(stream: ClientChannel, granted: number): Opened {
  return { stream, window: new Window(innerChannel(stream), granted) };
}

/** Why a server opened no channel (RFC 4254 section 5.1): its reason code, null where contact ended, and its words, raw. */
export interface ChannelRefusal {
  readonly reason: number | null;
  readonly text: string;
}

/** Has the server connect to somewhere else, over a channel (RFC 4254 section 7.2). Calls `done` once. */
export function openForward(
  client: Client,
  host: string,
  port: number,
  done: (refusal: ChannelRefusal | null, channel: ClientChannel | null) => void,
): void {
  const refused = (error: Error & { readonly reason?: unknown }): void => {
    const reason = typeof error.reason === 'number' ? error.reason : null;
    done({ reason, text: error.message.replace(/^\(SSH\) Channel open failure: /u, '') }, null);
  };
  try {
    client.forwardOut(FORWARD_FROM, 0, host, port, (error: Error | undefined, channel) => {
      if (error === undefined) done(null, channel);
      else refused(error);
    });
  } catch (error) {
    // ssh2 throws where its socket is no longer writable.
    refused(error instanceof Error ? error : new Error('not connected', { cause: error }));
  }
}

/** A keepalive request (OpenSSH's PROTOCOL, section 2.3), which every server answers, if only with a refusal. */
export function ping(client: Client, answered: () => void = ignore): void {
  const { _callbacks: callbacks, _protocol: protocol } = inner(client);
  // Replies have no name but their order: this one must take its turn among them.
  callbacks.push(answered);
  protocol.ping();
}

/** Sends a signal, also after end of file on stdin, when ssh2's own method does nothing. False: no longer possible. */
export function signalChannel(channel: ClientChannel, name: string): boolean {
  const { _client: client, outgoing } = innerChannel(channel);
  if (outgoing.state !== 'open' && outgoing.state !== 'eof') return false;
  client._protocol.signal(outgoing.id, name);
  return true;
}

/** Whether both sides use the strict key exchange that closes the Terrapin attack (CVE-2023-48795). */
export function isStrictKex(client: Client): boolean {
  return inner(client)._protocol._strictMode === true;
}

export type {
  Algorithms,
  AnyAuthMethod,
  AuthContext,
  Client,
  ClientChannel,
  NegotiatedAlgorithms,
  ParsedKey,
  ServerPrompt,
  ServerChannel,
  ServerConnection,
  ServerHostKeyAlgorithm,
  Session,
};

/** What we call ourselves. Sent by the greeting phase, before ssh2 sees the socket (RFC 4253 section 4.2). */
export const IDENT = 'muster';

/** What stands for a key in ssh2's hands: any key of a type that needs no choice of algorithm, never used as one. */
function standIn(ssh2: Ssh2): ParsedKey {
  const key: unknown = Object.create(patternOf(ssh2));
  if (!isKey(key)) throw new Error(OTHER_VERSION);
  return key;
}

function patternOf(ssh2: Ssh2): ParsedKey {
  if (pattern !== null) return pattern;
  const parsed = ssh2.utils.parseKey(NO_KEY);
  if (parsed instanceof Error) throw new Error(OTHER_VERSION, { cause: parsed });
  pattern = Object.assign(parsed, { isPrivateKey: () => true });
  return pattern;
}

let pattern: ParsedKey | null = null;

function isKey(key: unknown): key is ParsedKey {
  return typeof key === 'object' && key !== null && 'getPublicSSH' in key;
}

function offerOf(key: object): KeyOffer {
  const offer = OFFERS.get(key);
  if (offer === undefined) throw new Error('a key was offered that stands for none of ours');
  return offer;
}

/** The open channel that the server calls by this number. */
function channelOf(client: Client, id: number): InnerChannel | null {
  const channels = Object.values(inner(client)._chanMgr._channels);
  const found = channels.find((one) => one !== true && one.outgoing.id === id);
  return found === undefined || found === true ? null : found;
}

/** ssh2 asks for the environment when the channel is open, right before it sends the command. */
class SendNotice implements ExecOptions {
  readonly #sent: () => void;

  constructor(sent: () => void) {
    this.#sent = sent;
  }

  get env(): NodeJS.ProcessEnv {
    this.#sent();
    return NO_ENVIRONMENT;
  }
}

function closeChannel(this: ClientChannel): ClientChannel {
  this.close();
  return this;
}

function ignore(): void {}

/** Who asks for it, as OpenSSH's `-W` says it: nobody behind us has an address. */
const FORWARD_FROM = '127.0.0.1';
const NO_ENVIRONMENT: NodeJS.ProcessEnv = {};
/** ssh2 knows no certificates: where only these are wished for, it is given something else, and our own list is what leaves. */
const ANY: ServerHostKeyAlgorithm[] = ['ssh-ed25519'];
const OFFERS = new WeakMap<object, KeyOffer>();
const NO_KEY: Buffer = Buffer.concat([wireString('ssh-ed25519'), wireString(Buffer.alloc(32))]);
