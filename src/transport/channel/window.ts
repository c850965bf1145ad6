/** The parts of ssh2's protocol that windows go through (RFC 4254 section 5.2). */
export interface WindowProtocol {
  session: (channel: number, window: number, packet: number) => void;
  channelWindowAdjust: (channel: number, bytes: number) => void;
  /** Ours: with which window the next session is opened; null: with ssh2's own. */
  nextWindow?: number | null;
  /** Ours: ssh2's own `channelWindowAdjust`. */
  allow?: (channel: number, bytes: number) => void;
  readonly _handlers: {
    CHANNEL_DATA: (protocol: unknown, channel: number, data: Buffer) => void;
    CHANNEL_EXTENDED_DATA: (protocol: unknown, channel: number, data: Buffer, type: number) => void;
  };
}

export interface WindowChannel {
  readonly incoming: { window: number; readonly state: 'open' | 'eof' | 'closed' };
  readonly outgoing: { readonly id: number; readonly state: string };
  readonly readableLength?: number;
  readonly stderr?: { readonly readableLength?: number };
  readonly _client: { readonly _protocol: WindowProtocol };
}

export interface WindowClient {
  readonly _protocol: WindowProtocol;
  readonly _chanMgr: {
    readonly _channels: Readonly<Record<number, WindowChannel | object | true>>;
  };
}

/**
 * Sees to it that a server cannot make us hold more than it was allowed to send. ssh2 does not check that, drops what comes
 * when the window is used up to the byte, and goes on granting windows for what nobody reads. `broken`: ends the connection.
 */
export function keepWindows(client: WindowClient, broken: (error: Error) => void): void {
  const { _protocol: protocol, _chanMgr: manager } = client;
  const { session, channelWindowAdjust: adjust } = protocol;
  const { CHANNEL_DATA: data, CHANNEL_EXTENDED_DATA: extended } = protocol._handlers;
  protocol.allow = (id, bytes) => adjust.call(protocol, id, bytes);
  protocol.session = (id, window, packet) => {
    const wanted = protocol.nextWindow ?? window;
    protocol.nextWindow = null;
    session.call(protocol, id, wanted, packet);
  };
  protocol.channelWindowAdjust = (id, bytes) => {
    for (const number in manager._channels) {
      const channel = manager._channels[number];
      if (!isChannel(channel) || channel.outgoing.id !== id) continue;
      const window = WINDOWS.get(channel);
      if (window === undefined) break;
      // It was added already.
      channel.incoming.window -= bytes;
      window.grant();
      return;
    }
    adjust.call(protocol, id, bytes);
  };
  const takes = (id: number, bytes: number, isError: boolean): boolean => {
    const channel = manager._channels[id];
    if (!isChannel(channel)) return true;
    // Nothing comes behind an end of file.
    if (channel.incoming.state !== 'open') return false;
    const { readableLength = 0 } = isError ? (channel.stderr ?? NO_STREAM) : channel;
    if (channel.incoming.window !== 0 && readableLength + bytes <= MOST_UNREAD) return true;
    broken(overrun());
    return false;
  };
  protocol._handlers.CHANNEL_DATA = (self, id, bytes) => {
    if (takes(id, bytes.length, false)) data(self, id, bytes);
  };
  protocol._handlers.CHANNEL_EXTENDED_DATA = (self, id, bytes, type) => {
    if (type === STDERR && takes(id, bytes.length, true)) extended(self, id, bytes, type);
  };
}

/** How much a command may send until it is allowed more: nothing, while nobody reads. */
export class Window {
  readonly #channel: WindowChannel;
  #size: number;
  #isHeld = false;
  #isOver = false;

  /** `granted`: the window that its channel was opened with, which ssh2 does not know of. */
  constructor(channel: WindowChannel, granted: number) {
    this.#channel = channel;
    this.#size = granted;
    channel.incoming.window -= SSH2_WINDOW - granted;
    WINDOWS.set(channel, this);
    open += 1;
  }

  /** Nobody reads. */
  hold(): void {
    this.#isHeld = true;
  }

  /** Somebody reads again. */
  letGo(): void {
    this.#isHeld = false;
    this.grant();
  }

  /** Once half of it is used up, allows twice as much as before, up to its share. */
  grant(): void {
    const { incoming, outgoing, _client: client } = this.#channel;
    if (this.#isHeld || outgoing.state === 'closed' || incoming.window > this.#size / 2) return;
    this.#size = Math.min(this.#size * 2, shareOfEach());
    const bytes = this.#size - incoming.window;
    if (bytes <= 0) return;
    incoming.window += bytes;
    client._protocol.allow?.(outgoing.id, bytes);
  }

  close(): void {
    if (!this.#isOver) open -= 1;
    this.#isOver = true;
  }
}

/** With which window a command's channel is opened: small, as nobody knows yet whether it is read. */
export function firstWindow(): number {
  return Math.min(FIRST, shareOfEach());
}

export function overrun(): Error {
  return new Error('the server sends more than it may');
}

/** Those that are being opened are none yet. */
function isChannel(channel: WindowChannel | object | true | undefined): channel is WindowChannel {
  return typeof channel === 'object' && 'incoming' in channel;
}

/** The more there are, the less each may have under way: they share what the network carries as well. */
function shareOfEach(): number {
  return Math.max(LEAST, Math.min(MOST, Math.floor(ALL / Math.max(1, open))));
}

/** Commands whose channels are open, in this process. */
let open = 0;
const WINDOWS = new WeakMap<WindowChannel, Window>();
/** What ssh2 opens every channel with. */
const SSH2_WINDOW = 2 * 1024 * 1024;
/** What one paused command can have sent, at most. */
export const MOST: number = SSH2_WINDOW;
/** What all of them can, as long as they are no more than 256; on a way of 100 ms that is still 160 MB/s together. */
const ALL = 16 * 1024 * 1024;
const LEAST = 64 * 1024;
const FIRST = 256 * 1024;
/** ssh2 lets a stream that nobody reads fill its buffer, and then its window. */
const MOST_UNREAD = 2 * SSH2_WINDOW + 32 * 1024;
/** RFC 4254 section 5.2: no other type of extended data is known. */
const STDERR = 1;
const NO_STREAM: { readonly readableLength?: number } = {};
