import { connect, type Socket } from 'node:net';
import type { Readable } from 'node:stream';

/** The parts of ssh2's client that decide on channels which the server opens to an agent. */
export interface ForwardingClient {
  /** Until this is true every such channel is refused. */
  _agentFwdEnabled: boolean;
  _agent: { getStream(done: (error: Error | null, stream?: Socket) => void): void } | undefined;
}

/**
 * Lends an agent to the server, for commands that ask for it (`permitAgent`): each channel that the server opens to it becomes
 * a connection to the agent's socket.
 */
export function lendAgent(client: ForwardingClient, socket: string): void {
  client._agent = {
    getStream: (done) => {
      const stream = connect(socket);
      let isOpen = false;
      stream.once('connect', () => {
        isOpen = true;
        done(null, stream);
      });
      // Once it is open, its end is the channel's, and why it ended is nobody's business on the host.
      stream.on('error', (error) => {
        if (!isOpen) done(error);
      });
      // ssh2 only joins the two: a channel that is cut would leave the agent's end open.
      stream.once('pipe', (channel: Readable) => channel.once('close', () => stream.destroy()));
    },
  };
}

/** From now on the server may open channels to the agent that was lent; false: none was. */
export function permitAgent(client: ForwardingClient): boolean {
  if (client._agent === undefined) return false;
  client._agentFwdEnabled = true;
  return true;
}
