import { NEVER } from '../../base/abort.ts';
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import type { Become } from '../../model/become.ts';
import type { Channel, ChannelListener, Connection } from '../../model/ports/transport.ts';
import { PLAIN_TERMINAL, sendAs } from '../become/become.ts';
import { sendBeside, type RemoteCommand } from '../remote-command.ts';
import { ScriptLines } from './script-lines.ts';
import { stopScript, type TableMethod } from './script.ts';

/** A look at the children of a connection's server. */
export interface Look {
  /** The script's line, in words; none when it will not come. */
  readonly answer: Promise<readonly string[]>;
  /** What had been sent before it: the host had begun all of it when it looked. */
  readonly sent: readonly Channel[];
}

/** A POSIX shell on the host that runs the stop script, on a channel beside the commands'. Serves many at once. */
export interface HostShell {
  readonly channel: Channel;
  /** As whom it runs; null: as who logged in. */
  readonly become: Become | null;
  /** By the monotonic clock: the script began before. */
  readonly openedAt: number;
  /** Whether it has ever answered. */
  readonly isAnswering: boolean;
  /** Where that command is to be seen: shared by those who ask at once. */
  look(wanted: Channel): Look;
  /** Sends an order. Gives the line that answers it, in words; none when it will not come. */
  order(text: string): Promise<readonly string[]>;
}

export interface HostShellOptions {
  /** What the login shell is asked to run. */
  readonly shell?: string;
  readonly table?: TableMethod;
  /** As whom it runs, with the password; null: as who logged in. */
  readonly become?: Become | null;
  /** Becoming that user takes a terminal. */
  readonly onTerminal?: boolean;
}

/**
 * Whatever the login shell is, `exec /bin/sh` means the same to it (sh, csh, fish, zsh ...), and the script comes on
 * standard input, so that nothing has to be quoted for it. Rejects as Connection.exec does.
 */
export async function openHostShell(
  connection: Connection,
  options: HostShellOptions & { readonly clock: Clock },
): Promise<HostShell> {
  const mark = `muster-${randomUUID()}`;
  const lines = new ScriptLines(mark);
  const { channel, acceptedAt: openedAt } = await send(connection, options, {
    data: (stream, bytes) => {
      if (stream === 'output') lines.add(bytes);
    },
  });
  void channel.ended.then(() => lines.end());
  // Whether it was taken shows in the answer.
  void channel.write(Buffer.from(stopScript(mark, options.table)));
  let isAnswering = false;
  let tag = 0;
  let latest: Look | null = null;
  const listening = lines.answer(0);
  const order = (text: string): Promise<readonly string[]> => {
    tag += 1;
    const line = `${tag} ${text}\n`;
    const answer = lines.answer(tag);
    // Not before it listens: a shell that reads ahead would take it for a part of the script.
    void listening.then(() => channel.write(Buffer.from(line)));
    return answer;
  };
  const begin = (answer: Promise<readonly string[]>, sent: readonly Channel[]): Look => {
    const look: Look = { answer, sent };
    latest = look;
    void answer.then((words) => {
      if (latest === look) latest = null;
      isAnswering ||= words.length > 0;
    });
    return look;
  };
  const { running } = connection;
  begin(listening, running.slice(0, running.indexOf(channel) + 1));
  return {
    channel,
    become: options.become ?? null,
    openedAt,
    get isAnswering() {
      return isAnswering;
    },
    look: (wanted) => {
      const now = connection.running;
      // Whoever has reported needs no list to be over.
      const isSeen = latest?.sent.includes(wanted) === true || !now.includes(wanted);
      return latest !== null && isSeen ? latest : begin(order('list'), now);
    },
    order,
  };
}

function send(
  connection: Connection,
  options: HostShellOptions & { readonly clock: Clock },
  listener: ChannelListener,
): Promise<RemoteCommand> {
  const { clock, shell = '/bin/sh', become = null, onTerminal = false } = options;
  if (become === null) return sendBeside(clock, connection, `exec ${shell}`, listener);
  return sendAs({
    clock,
    connection,
    become,
    command: null,
    listener,
    options: onTerminal ? { tty: PLAIN_TERMINAL } : {},
    ask: null,
    go: () => Promise.resolve(),
    over: NEVER,
  });
}
