import { NEVER } from '../../base/abort.ts';
import type { Clock } from '../../base/clock.ts';
import type { Become } from '../../model/become.ts';
import type { Connection } from '../../model/ports/transport.ts';
import { sendAs } from '../become/become.ts';
import { sendBeside, type RemoteCommand } from '../remote-command.ts';
import { within } from '../stop/patience.ts';
import { readerInput, readerLine } from '../wrap/reader.ts';

export interface Asking {
  readonly clock: Clock;
  readonly connection: Connection;
  /** As whom the command ran; null: as who logged in. */
  readonly become: Become | null;
}

/**
 * Has a shell on the host run a program of ours, beside whatever runs there, as the user whose the durable command is. Gives
 * what it prints, and its exit status; null where there was none in time. Rejects as Connection.exec does.
 */
export async function askHost(program: string, asking: Asking): Promise<Answer | null> {
  const { clock } = asking;
  let text = '';
  const sending = send(asking, (bytes) => {
    if (text.length < MOST_TEXT) text += Buffer.from(bytes).toString('latin1');
  });
  const command = await within(clock, PATIENCE_MS, sending);
  if (command === null) {
    sending.then(
      ({ channel }) => channel.close(),
      // It came to nothing, which is as good.
      () => undefined,
    );
    return null;
  }
  const { channel } = command;
  void channel.write(readerInput(program)).then(() => channel.endInput());
  const end = await within(clock, PATIENCE_MS, channel.ended);
  if (end === null) channel.close();
  return end?.kind === 'exit' ? { text, code: end.code } : null;
}

export interface Answer {
  /** Latin-1; hostile. */
  readonly text: string;
  readonly code: number;
}

function send(
  { clock, connection, become }: Asking,
  data: (bytes: Uint8Array) => void,
): Promise<RemoteCommand> {
  const listener = {
    data: (stream: 'output' | 'error', bytes: Uint8Array) => {
      if (stream === 'output') data(bytes);
    },
  };
  if (become === null) return sendBeside(clock, connection, readerLine(), listener);
  return sendAs({
    clock,
    connection,
    become,
    command: readerLine(),
    listener,
    options: {},
    ask: null,
    go: () => Promise.resolve(),
    over: NEVER,
  });
}

const PATIENCE_MS = 8_000;
const MOST_TEXT = 4_096;
