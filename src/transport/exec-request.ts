import type { Socket } from 'node:net';
import type { TtySize } from '../model/ports/transport.ts';

/** What leaves with a command. */
export interface ExecRequest {
  readonly command: string;
  /** It names a subsystem (RFC 4254 section 6.5), and is no command. */
  readonly isSubsystem?: true;
  /** Whether there may be input; else its end is sent with the command. */
  readonly hasInput: boolean;
  /** Variables the server is asked to set; it refuses those that it does not take without a word. */
  readonly env: Readonly<Record<string, string>>;
  /** null: no terminal. */
  readonly tty: TtySize | null;
  readonly forwardAgent: boolean;
}

/** The parts of ssh2's protocol that a command goes through, and what is sent with it. */
export interface ExecProtocol {
  exec: (channel: number, command: string, wantReply: boolean) => void;
  subsystem(channel: number, name: string, wantReply: boolean): void;
  env(channel: number, name: string, value: string, wantReply: boolean): void;
  pty(
    channel: number,
    rows: number,
    columns: number,
    height: number,
    width: number,
    term: string,
    modes: Readonly<Record<string, number>>,
    wantReply: boolean,
  ): void;
  openssh_agentForward(channel: number, wantReply: boolean): void;
  channelEOF(channel: number): void;
  /** Ours: what goes with the command that is sent next; `terminal` is called before a terminal is asked for. */
  next?: (Omit<ExecRequest, 'command'> & { readonly terminal: (channel: number) => void }) | null;
}

/**
 * Whatever belongs to a command leaves with it, its end of file too: one write here, one wake-up there, and no round trip
 * for any of it. Variables and the agent are asked for without a reply, as ssh does.
 */
export function sendTogether(
  protocol: ExecProtocol,
  socket: Pick<Socket, 'cork' | 'uncork'>,
): void {
  const { exec } = protocol;
  protocol.exec = (channel, command, wantReply) => {
    const next = protocol.next ?? null;
    protocol.next = null;
    if (next?.isSubsystem === true) {
      protocol.subsystem(channel, command, wantReply);
      return;
    }
    if (next === null || isPlain(next)) {
      exec.call(protocol, channel, command, wantReply);
      return;
    }
    socket.cork();
    try {
      if (next.forwardAgent) protocol.openssh_agentForward(channel, false);
      if (next.tty !== null) {
        next.terminal(channel);
        const { rows, columns, term = DUMB } = next.tty;
        protocol.pty(channel, rows, columns, 0, 0, term, TERMINAL_MODES, true);
      }
      for (const [name, value] of Object.entries(next.env)) {
        protocol.env(channel, name, value, false);
      }
      exec.call(protocol, channel, command, wantReply);
      if (!next.hasInput) protocol.channelEOF(channel);
    } finally {
      socket.uncork();
    }
  };
}

/** Nothing but the command itself leaves. */
function isPlain({ hasInput, env, tty, forwardAgent }: Omit<ExecRequest, 'command'>): boolean {
  return hasInput && tty === null && !forwardAgent && Object.keys(env).length === 0;
}

/**
 * Output comes as it was written, without a carriage return before each line feed, and what is typed is not shown again
 * (RFC 4254 section 8).
 */
const TERMINAL_MODES: Readonly<Record<string, number>> = { ECHO: 0, ONLCR: 0 };
/** A terminal that can do nothing (term(7)). */
const DUMB = 'dumb';
