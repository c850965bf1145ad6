import { FailureError } from '../model/failure.ts';
import type { WorkEnd } from '../model/outcome.ts';
import type { ChannelListener, Connection } from '../model/ports/transport.ts';
import type { WorkContext } from '../model/ports/work.ts';
import type { AbortWaiter } from './on-abort.ts';
import { sendCommand, type RemoteCommand } from './remote-command.ts';
import { within } from './stop/patience.ts';

/** A command that was accepted, and whose output becomes records. */
export interface Begun {
  readonly command: RemoteCommand;
  /** Bytes received so far. */
  bytes(): number;
  /** No more records: what comes after a verdict has no place to go. */
  mute(): void;
}

type Ended = Extract<WorkEnd, { kind: 'ended' }>;

/** Connects and sends a command; or says how that was ended. Throws a FailureError where the host is why it failed. */
export async function begin(
  text: string,
  context: WorkContext,
  abort: AbortWaiter,
): Promise<Begun | Ended> {
  const { signal } = context;
  let connection: Connection;
  try {
    connection = await context.connect();
  } catch (error) {
    if (signal.aborted) return NOTHING_BEGAN;
    throw error;
  }
  if (signal.aborted) return NOTHING_BEGAN;
  const output = new Output(context);
  const sending = sendCommand(context.clock, connection, text, output.listener);
  try {
    const command = await accepted(sending, context, abort);
    if (command === null)
      return { kind: 'ended', confirmed: false, note: 'the host did not answer' };
    context.started();
    output.flowsFrom(command);
    return { command, bytes: () => output.bytes, mute: () => output.mute() };
  } catch (error) {
    output.mute();
    if (!signal.aborted || !(error instanceof FailureError)) throw error;
    return error.failure.mayHaveRun
      ? { kind: 'ended', confirmed: false, note: error.failure.message }
      : NOTHING_BEGAN;
  }
}

/** Once the work is to end, a host has not long to answer: null where it does not. Closed then, should it be late. */
async function accepted(
  sending: Promise<RemoteCommand>,
  { clock }: WorkContext,
  abort: AbortWaiter,
): Promise<RemoteCommand | null> {
  const first = await Promise.race([sending, abort.happened]);
  if (first !== 'aborted') return first;
  const command = await within(clock, ANSWER_MS, sending);
  if (command === null) closeLate(sending);
  return command;
}

function closeLate(sending: Promise<RemoteCommand>): void {
  sending.then(
    ({ channel }) => channel.close(),
    () => {
      // It came to nothing, which is as good.
    },
  );
}

/** Turns what comes into records, and passes back-pressure on. */
class Output {
  readonly listener: ChannelListener;
  bytes = 0;
  #isMuted = false;
  #isPaused = false;
  #command: RemoteCommand | null = null;

  constructor(context: WorkContext) {
    this.listener = {
      data: (stream, bytes) => {
        this.bytes += bytes.length;
        if (!this.#isMuted) context.write(stream, bytes);
      },
    };
    context.onPressure((pause) => {
      this.#isPaused = pause;
      this.#apply();
    });
  }

  flowsFrom(command: RemoteCommand): void {
    this.#command = command;
    if (this.#isPaused) this.#apply();
  }

  /** Whatever is still held back is let go, so that the connection stays usable. */
  mute(): void {
    this.#isMuted = true;
    this.#command?.channel.resume();
    this.#command = null;
  }

  #apply(): void {
    if (this.#isPaused) this.#command?.channel.pause();
    else this.#command?.channel.resume();
  }
}

const NOTHING_BEGAN: Ended = { kind: 'ended', confirmed: true };
const ANSWER_MS = 3_000;
