import type { ForwardingClient } from './agent-forwarding.ts';
import type { Corkable, PacketProtocol } from './bulk.ts';
import type { HostKeyProtocol } from './certified-host-keys.ts';
import type { KeyExchange } from './curve25519.ts';
import type { WindowChannel, WindowProtocol } from './channel/window.ts';
import type { ExecProtocol } from './exec-request.ts';
import type { RequestProtocol } from './global-requests.ts';
import type { MessageProtocol } from './unasked.ts';
import type { AuthProtocol } from './key-offers.ts';

/** The parts of ssh2 1.17.0 that it does not document, as far as we use them: see Ssh2. */
export interface InnerClient extends ForwardingClient {
  readonly _sock: Corkable;
  readonly _protocol: InnerProtocol;
  /** Its channels, by our own numbers of them. */
  readonly _chanMgr: { readonly _channels: Readonly<Record<number, InnerChannel | true>> };
  readonly _callbacks: (() => void)[];
}

export interface InnerProtocol
  extends
    ExecProtocol,
    AuthProtocol<object>,
    HostKeyProtocol,
    MessageProtocol,
    PacketProtocol,
    RequestProtocol,
    WindowProtocol {
  readonly _packetRW: AuthProtocol<object>['_packetRW'] & PacketProtocol['_packetRW'];
  readonly _kex: AuthProtocol<object>['_kex'] & HostKeyProtocol['_kex'] & KeyExchange;
  start: () => void;
  parse: (bytes: Buffer, from: number, to: number) => void;
  readonly _handlers: AuthProtocol<object>['_handlers'] &
    RequestProtocol['_handlers'] &
    WindowProtocol['_handlers'];
  readonly _strictMode?: boolean;
  ping(): void;
  signal(channel: number, name: string): void;
}

export interface InnerChannel extends WindowChannel {
  readonly _client: InnerClient;
  readonly outgoing: { readonly id: number; state: 'open' | 'eof' | 'closing' | 'closed' };
  /** Of those requests that want a reply, in the order in which they were sent. */
  readonly _callbacks: ((isRefused: boolean | Error) => void)[];
}

/** What is inside of a client of ssh2's. */
export function inner(client: object): InnerClient {
  if (!isInnerClient(client)) throw new Error(OTHER_VERSION);
  return client;
}

export function innerChannel(channel: object): InnerChannel {
  if (!isInnerChannel(channel)) throw new Error(OTHER_VERSION);
  return channel;
}

function isInnerClient(client: object): client is InnerClient {
  return '_protocol' in client && '_callbacks' in client && '_chanMgr' in client;
}

function isInnerChannel(channel: object): channel is InnerChannel {
  return '_client' in channel && 'outgoing' in channel;
}

export const OTHER_VERSION = 'ssh2 is not the version that muster is made for';
