import type { ServerChannel } from 'ssh2';

/** A server's side of a channel, without any of the rules that ssh2 keeps. */
export interface RawChannel {
  /** The client's number for it. */
  readonly id: number;
  data(bytes: Buffer): void;
  error(bytes: Buffer): void;
  /** Extended data of this type (RFC 4254 section 5.2). */
  extended(bytes: Buffer, type: number): void;
  endOfFile(): void;
  allow(bytes: number): void;
  /** What the client has allowed of data, ours or not, and was not used up. */
  readonly allowed: () => number;
}

interface Inner {
  readonly outgoing: { readonly id: number; readonly window: number };
  readonly _client: {
    readonly _protocol: {
      channelData(id: number, data: Buffer): void;
      channelExtData(id: number, data: Buffer, type: number): void;
      channelEOF(id: number): void;
      channelWindowAdjust(id: number, bytes: number): void;
    };
  };
}

export function rawChannel(channel: ServerChannel): RawChannel {
  const { outgoing, _client: client } = channel as unknown as Inner;
  const { _protocol: protocol } = client;
  const { id } = outgoing;
  return {
    id,
    data: (bytes) => protocol.channelData(id, bytes),
    error: (bytes) => protocol.channelExtData(id, bytes, 1),
    extended: (bytes, type) => protocol.channelExtData(id, bytes, type),
    endOfFile: () => protocol.channelEOF(id),
    allow: (bytes) => protocol.channelWindowAdjust(id, bytes),
    allowed: () => outgoing.window,
  };
}
