import { safeLine } from '../base/safe-text.ts';
import type { Become } from '../model/become.ts';
import { FailureError } from '../model/failure.ts';
import type { WorkEnd } from '../model/outcome.ts';
import type { ChannelListener, Connection } from '../model/ports/transport.ts';
import type { WorkContext } from '../model/ports/work.ts';
import { sendAs, type BecomeRequest } from './become/become.ts';
import { passwordPart } from './become/job-password.ts';
import { execOptions, type CommandExtras } from './exec-options.ts';
import type { AbortWaiter } from './on-abort.ts';
import { sendCommand, type RemoteCommand } from './remote-command.ts';
import { within } from './stop/patience.ts';
import { makeRoom } from './stop/watch-shells.ts';

/** A command that was accepted, and whose output becomes records. */
export interface Begun {
  readonly command: RemoteCommand;
  /** Bytes received so far. */
  bytes(): number;
  /** No more records: what comes after a verdict has no place to go. */
  mute(): void;
}

/** What stands between a command's bytes and its records. */
export interface OutputFilter {
  take(stream: 'output' | 'error', bytes: Uint8Array): void;
  /** No more will come: what was held back is to be given now. */
  end(): void;
  /** Bytes of its output that it holds back. Absent: it holds none. */
  readonly held?: number;
}

type Ended = Extract<WorkEnd, { kind: 'ended' }>;

/** Connects and sends a command; or says how that was ended. Throws a FailureError where the host is why it failed. */
export async function begin(
  text: string,
  context: WorkContext,
  abort: AbortWaiter,
  filter: OutputFilter | null = null,
  extras: CommandExtras = {},
): Promise<Begun | Ended> {
  const output = new Output(context, filter);
  try {
    const command = await send(text, context, abort, output.listener, extras);
    if (command === 'not-sent') return NOTHING_BEGAN;
    if (command === 'no-answer')
      return { kind: 'ended', confirmed: false, note: 'the host did not answer' };
    context.started();
    output.flowsFrom(command);
    return { command, bytes: () => output.bytes, mute: () => output.mute() };
  } catch (error) {
    output.mute();
    if (!context.signal.aborted || !(error instanceof FailureError)) throw error;
    return error.failure.mayHaveRun
      ? { kind: 'ended', confirmed: false, note: error.failure.message }
      : NOTHING_BEGAN;
  }
}

/** Sends it, at most once: where a connection has no room for it, another one may. */
async function send(
  text: string,
  context: WorkContext,
  abort: AbortWaiter,
  listener: ChannelListener,
  extras: CommandExtras,
): Promise<RemoteCommand | 'not-sent' | 'no-answer'> {
  const { clock, signal } = context;
  const options = execOptions(context, extras);
  for (let connections = 1; ; connections += 1) {
    const ready = await connected(context, abort);
    if (ready === null) return 'not-sent';
    const { connection, waitedMs } = ready;
    const wasShared = connection.isShared;
    try {
      const sending =
        context.become === null
          ? sendCommand(clock, connection, text, listener, options)
          : become(context.become, { connection, command: text, listener, options }, context);
      return (await accepted(sending, context, abort)) ?? 'no-answer';
    } catch (error) {
      // Those who hold places here may have taken the last channel; one that idled, in the pool or through a
      // suspension, may be dead.
      const wasIdle = connection.isKept === true || waitedMs > STALE_MS;
      const mayDoBetter = wasShared || connection.isShared || wasIdle;
      const mayTry =
        connections <= context.retries || (mayDoBetter && connections < MOST_CONNECTIONS);
      if (!wasRefused(error) || !mayTry) throw error;
      // Where they are only watched over, the same connection may do.
      await makeRoom(connection.running, clock);
      if (!mayDoBetter) await context.rest(connections - 1);
      if (signal.aborted) return 'not-sent';
    }
  }
}

/** Sends it so that another user runs it. */
async function become(
  wanted: Become,
  request: Pick<BecomeRequest, 'connection' | 'command' | 'listener' | 'options'>,
  context: WorkContext,
): Promise<RemoteCommand> {
  const { clock, signal } = context;
  const part = passwordPart(wanted, context);
  const password = wanted.password ?? part.proven;
  const began = clock.monotonic();
  try {
    const command = await sendAs({
      ...request,
      clock,
      become: { ...wanted, password },
      ask: part.ask,
      go: () => {
        part.settle(true);
        return context.go();
      },
      over: signal,
    });
    const how = command.input === 'own-terminal' ? ', on a terminal' : '';
    const detail = safeLine(`${wanted.user} by ${wanted.method}${how}`);
    context.phase('become', clock.monotonic() - began, detail);
    return command;
  } finally {
    part.settle(false);
  }
}

/** A connection, and how long the child was suspended after it was there; null where the work is to end. */
async function connected(
  context: WorkContext,
  abort: AbortWaiter,
): Promise<{ readonly connection: Connection; readonly waitedMs: number } | null> {
  const { clock, signal } = context;
  try {
    const connection = await context.connect();
    const from = clock.monotonic();
    if (!signal.aborted) await Promise.race([context.go(), abort.happened]);
    return signal.aborted ? null : { connection, waitedMs: clock.monotonic() - from };
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  }
}

function wasRefused(error: unknown): boolean {
  if (!(error instanceof FailureError)) return false;
  return error.failure.code === 'channel-refused' && !error.failure.mayHaveRun;
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
  readonly #filter: OutputFilter | null;
  readonly #unlisten: () => void;

  constructor(context: WorkContext, filter: OutputFilter | null) {
    this.#filter = filter;
    this.listener = {
      data: (stream, bytes) => {
        this.bytes += bytes.length;
        if (this.#isMuted) return;
        if (filter === null) context.write(stream, bytes);
        else filter.take(stream, bytes);
      },
    };
    this.#unlisten = context.onPressure((pause) => {
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
    if (!this.#isMuted) this.#filter?.end();
    this.#isMuted = true;
    this.#unlisten();
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
/** After this a connection that nobody used may have been dropped by whatever is in between. */
const STALE_MS = 1_000;
/** A host that refuses on so many will refuse on the next. */
const MOST_CONNECTIONS = 4;
