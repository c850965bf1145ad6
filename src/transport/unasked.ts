import type { Clock } from '../base/clock.ts';

/** The parts of ssh2's protocol that messages go through, both ways. */
export interface MessageProtocol {
  /** Takes each message that comes after the first key exchange; its answer is for the caller. */
  _onPayload: (payload: Buffer) => unknown;
  parse: (bytes: Buffer, from: number, to: number) => void;
  session: (channel: number, window: number, packet: number) => void;
  channelData: (channel: number, data: Buffer) => void;
  readonly _handlers: {
    CHANNEL_DATA: (protocol: unknown, channel: number, data: Buffer) => void;
    CHANNEL_EXTENDED_DATA: (protocol: unknown, channel: number, data: Buffer, type: number) => void;
  };
}

/**
 * Gives up on a server that keeps us busy with what is no output and belongs to nothing we do: requests, channels, key
 * exchanges, and messages that mean nothing, without end (RFC 4253 section 11, RFC 4254 sections 4 to 6). Output is free, and
 * what we send earns as much as may come of it; all else is paid from a store that fills again. `broken`: ends the connection.
 */
export function boundUnasked(
  protocol: MessageProtocol,
  clock: Pick<Clock, 'monotonic'>,
  broken: (error: Error) => void,
): void {
  const { _onPayload: take, parse, session, channelData } = protocol;
  const { CHANNEL_DATA: data, CHANNEL_EXTENDED_DATA: extended } = protocol._handlers;
  let store = MOST_UNASKED;
  let filled = clock.monotonic();
  const earn = (bytes: number): void => {
    store = Math.min(MOST_UNASKED, store + bytes);
  };
  protocol._onPayload = (payload) => {
    store -= payload[0] === KEY_EXCHANGE ? EXCHANGE_COST : MESSAGE_COST;
    return take(payload);
  };
  protocol.parse = (bytes, from, to) => {
    store -= to - from;
    parse.call(protocol, bytes, from, to);
    if (store >= 0) return;
    const now = clock.monotonic();
    earn(((now - filled) / 1000) * PER_SECOND);
    filled = now;
    if (store < 0) broken(new Error('the server sends without end what nobody asked for'));
  };
  protocol.session = (...asked) => {
    earn(OF_SESSION * MESSAGE_COST);
    session.apply(protocol, asked);
  };
  protocol.channelData = (channel, bytes) => {
    earn(bytes.length + MESSAGE_COST);
    channelData.call(protocol, channel, bytes);
  };
  protocol._handlers.CHANNEL_DATA = (self, channel, bytes) => {
    if (bytes.length > 0) earn(bytes.length + MESSAGE_COST + AROUND);
    data(self, channel, bytes);
  };
  protocol._handlers.CHANNEL_EXTENDED_DATA = (self, channel, bytes, type) => {
    if (bytes.length > 0) earn(bytes.length + MESSAGE_COST + AROUND);
    extended(self, channel, bytes, type);
  };
}

/** What one message costs beside its bytes, in bytes: taking it apart takes as long as some more bytes would. */
const MESSAGE_COST = 256;
/** Of one that begins a key exchange, which is some thousand times the work. */
const EXCHANGE_COST = 64 * 1024;
/** What is around the data of a message: at most so much. */
const AROUND = 64;
/** Messages that may come of a command. */
const OF_SESSION = 16;
const PER_SECOND = 2 * 1024 * 1024;
/** At once: a fraction of a second of a processor, where all of it is messages. */
export const MOST_UNASKED: number = 8 * 1024 * 1024;
/** RFC 4253 section 12, SSH_MSG_KEXINIT. */
const KEY_EXCHANGE = 20;
