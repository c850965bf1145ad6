import type { Socket } from 'node:net';

/** The parts of ssh2's protocol that a command and the end of its input go through. */
export interface ExecProtocol {
  exec: (channel: number, command: string, wantReply: boolean) => void;
  channelEOF(channel: number): void;
  /** Ours: whether the command that is sent next has no input. */
  endsInput?: boolean;
}

/** Where a command has no input, its end of file leaves with its request: a write here and a wake-up there less. */
export function endInputAtOnce(
  protocol: ExecProtocol,
  socket: Pick<Socket, 'cork' | 'uncork'>,
): void {
  const { exec } = protocol;
  protocol.exec = (channel, command, wantReply) => {
    if (protocol.endsInput !== true) {
      exec.call(protocol, channel, command, wantReply);
      return;
    }
    socket.cork();
    try {
      exec.call(protocol, channel, command, wantReply);
      protocol.channelEOF(channel);
    } finally {
      socket.uncork();
    }
  };
}
