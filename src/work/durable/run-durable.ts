import { randomUUID } from 'node:crypto';
import { safeLine } from '../../base/safe-text.ts';
import { FailureError } from '../../model/failure.ts';
import type { WorkEnd } from '../../model/outcome.ts';
import type { ChannelEnd, Connection } from '../../model/ports/transport.ts';
import type { WorkContext } from '../../model/ports/work.ts';
import { begin, type Begun, type OutputFilter } from '../begin.ts';
import { pumpInput } from '../input-pump.ts';
import { onAbort, type AbortWaiter } from '../on-abort.ts';
import { inputAfter } from '../wrap/ahead.ts';
import { hostVariables } from '../wrap/host-variables.ts';
import { readerInput, readerLine } from '../wrap/reader.ts';
import { DurableSuspension } from './durable-suspension.ts';
import { endDurable } from './end-durable.ts';
import { attachProgram, beginProgram, inputPieces } from './programs.ts';
import { Received, sum } from './received.ts';
import {
  endOf,
  failure,
  isDetached,
  KILLS_AT_LOGOUT,
  MOST_IDLE,
  MOST_IDLE_AT_FIRST,
  ON_TERMINAL,
  type SessionEnd,
} from './session-end.ts';
import { wholeInput, withoutTerminal } from './session-input.ts';
import { SessionOutput, type Said } from './session-output.ts';

/** A command that is to outlive its connection. */
export interface DurableCommand {
  /** For a POSIX shell: becomes the command. */
  readonly program: string;
  /** What that reads from its input before the command does. */
  readonly bytes: Buffer | null;
}

/**
 * Runs a command under a supervisor on its host, and follows it over as many connections as it takes. Whatever is received
 * is received once; the command is begun once, or never.
 */
export async function runDurable(
  command: DurableCommand,
  context: WorkContext,
  filter: OutputFilter | null,
): Promise<WorkEnd> {
  const abort = onAbort(context.signal);
  try {
    return await new DurableRun(command, context, filter, abort).run();
  } finally {
    context.suspendable(null);
    filter?.end();
    abort.dispose();
  }
}

class DurableRun {
  readonly #command: DurableCommand;
  readonly #context: WorkContext;
  readonly #abort: AbortWaiter;
  readonly #next: OutputFilter;
  readonly #received: Received;
  /** It was sent, and may have been begun. */
  #isSent: boolean;
  /** This session's program was sent, or may have been. */
  #isSentNow = false;
  /** No connection is to be had any more. */
  #isUnreachable = false;
  #input: (() => AsyncIterable<Uint8Array>) | null = null;
  /** Sessions in a row that the host ended, and that brought nothing. */
  #idle = 0;
  /** The session that there is, or the last one. */
  #session: Begun | null = null;
  /** It is followed through that one. */
  #isFollowed = false;
  /** The host says, in this session, that it is halted. */
  #isHalted = false;
  readonly #suspension: DurableSuspension;

  constructor(
    command: DurableCommand,
    context: WorkContext,
    filter: OutputFilter | null,
    abort: AbortWaiter,
  ) {
    this.#command = command;
    this.#context = context;
    this.#abort = abort;
    this.#suspension = new DurableSuspension(context, () =>
      this.#isFollowed ? (this.#session?.command ?? null) : null,
    );
    this.#next = filter ?? {
      take: (stream, bytes) => context.write(stream, bytes),
      end: () => undefined,
    };
    this.#received = new Received(context.reached, ({ output, ...others }) => {
      // What a filter holds back is in no record yet.
      context.took({ ...others, output: output - (this.#next.held ?? 0) });
    });
    this.#isSent = context.reached !== null;
  }

  async run(): Promise<WorkEnd> {
    const context = this.#context;
    let connect: () => Promise<Connection> = this.#received.isBegun
      ? () => context.reconnect('its controller has ended')
      : () => context.connect();
    for (;;) {
      const end = await this.#once(connect);
      if (end.kind === 'over') {
        await this.#suspension.letGo(this.#session?.command ?? null);
        return end.end;
      }
      if (end.kind === 'aborted') return this.#leave();
      const { reason } = end;
      connect = () => context.reconnect(reason);
    }
  }

  /** It is to end, or to be let go of. */
  async #leave(): Promise<WorkEnd> {
    const isLeft = isDetached(this.#context.signal);
    if (!this.#isSent || isLeft) return { kind: 'ended', confirmed: !isLeft };
    try {
      // What it says meanwhile is received still, where it is being followed.
      return await endDurable(this.#context, {
        hasBegun: this.#received.isBegun,
        began: () => this.#received.wasBegun(),
        letGo: () => this.#letGo(),
      });
    } finally {
      this.#letGo();
    }
  }

  #letGo(): void {
    this.#session?.mute();
    this.#session?.command.channel.close();
  }

  async #once(connect: () => Promise<Connection>): Promise<SessionEnd> {
    const mark = `muster-${randomUUID()}:`;
    const heard: Said[] = [];
    const before = this.#received.places;
    const wasSent = this.#isSent;
    const mayBegin = !this.#received.isBegun;
    this.#isSentNow = false;
    this.#isHalted = false;
    const output = new SessionOutput(
      mark,
      before,
      this.#next,
      (said) => this.#hear(said, heard),
      (places) => this.#received.took(places),
    );
    let end: ChannelEnd | 'aborted';
    try {
      const begun = await this.#begin(() => this.#connected(connect), mark, output);
      if ('kind' in begun) return { kind: 'aborted' };
      this.#session = begun;
      this.#isFollowed = true;
      end = await this.#follow(begun);
      if (end !== 'aborted') begun.mute();
    } catch (error) {
      if (this.#context.signal.aborted) return { kind: 'aborted' };
      if (!(error instanceof FailureError)) throw error;
      return this.#cutBy(error, wasSent);
    } finally {
      this.#isFollowed = false;
      if (mayBegin && this.#isSentNow && heard.length === 0) this.#received.unanswered();
      this.#received.places = output.places;
      this.#received.took(output.places);
      if (sum(output.places) > sum(before)) this.#idle = 0;
    }
    // Not above: what the host says of its end is an end, and nothing that is gone on with.
    return end === 'aborted' ? { kind: 'aborted' } : this.#judge(end, heard);
  }

  /** What fails here fails for good: see WorkContext. */
  async #connected(connect: () => Promise<Connection>): Promise<Connection> {
    try {
      return await connect();
    } catch (error) {
      this.#isUnreachable = true;
      throw error;
    }
  }

  #hear(said: Said, heard: Said[]): void {
    heard.push(said);
    if (said.kind === 'note' && said.about === 'halted') this.#isHalted = true;
    if (said.kind === 'attached') this.#received.wasBegun();
    if (said.kind === 'began' || said.kind === 'attached') {
      this.#received.isBegun = true;
      this.#context.suspendable(this.#suspension, this.#isHalted);
    }
    if (said.kind === 'note' && said.about === 'logout') {
      this.#context.write('warning', Buffer.from(`${KILLS_AT_LOGOUT}\n`));
    }
  }

  #begin(
    connect: () => Promise<Connection>,
    mark: string,
    output: SessionOutput,
  ): ReturnType<typeof begin> {
    const context = this.#context;
    const id = context.instanceId;
    const { program, bytes } = this.#command;
    const session = { id, mark, from: this.#received.places };
    const isNew = !this.#received.isBegun;
    const hasInput = bytes !== null || context.input !== null;
    const text = isNew
      ? beginProgram({ ...session, command: program, hasInput })
      : attachProgram(session);
    const input = isNew && hasInput ? () => inputPieces(wholeInput(bytes, context.input)) : null;
    const ahead = inputAfter({ buffers: [readerInput(text)] }, input);
    this.#input = ahead;
    const started = (): void => {
      this.#isSent = true;
      this.#isSentNow = true;
      context.started();
    };
    const env = hostVariables(context);
    // Where it may run already, its being suspended is no reason not to look after it.
    const go = this.#isSent ? () => Promise.resolve() : () => context.go();
    const through = {
      ...context,
      go,
      target: withoutTerminal(context.target),
      connect,
      started,
      input: ahead,
    };
    return begin(readerLine(), through, this.#abort, output, { env });
  }

  /** Until the channel's end, or ours. Throws where its input cannot be read. */
  async #follow({ command }: Begun): Promise<ChannelEnd | 'aborted'> {
    if (this.#context.signal.aborted) return 'aborted';
    if (command.input !== 'pipe') {
      // It waits for its program still.
      command.channel.close();
      throw new FailureError(failure('become', 'become-denied', ON_TERMINAL, false));
    }
    const pump = pumpInput(this.#input, command.channel, command.input);
    try {
      const first = await Promise.race([command.channel.ended, this.#abort.happened, pump.failed]);
      if (!(first instanceof Error)) return first;
      command.channel.close();
      throw new FailureError(
        failure('local', 'internal', `the input could not be read: ${first.message}`, false),
        { cause: first },
      );
    } finally {
      pump.stop();
    }
  }

  #judge(end: ChannelEnd, heard: readonly Said[]): SessionEnd {
    // A channel that was lost may have taken output with it that was on its way behind the follower's last word.
    if (end.kind === 'exit') {
      const over = endOf(heard);
      if (over !== null) return over;
    }
    if (end.kind === 'lost') {
      this.#idle = 0;
      return { kind: 'cut', reason: safeLine(end.reason) };
    }
    const reason = 'the session with the host ended';
    this.#idle += 1;
    if (this.#idle > (this.#received.isBegun ? MOST_IDLE : MOST_IDLE_AT_FIRST)) {
      throw new FailureError(failure('run', 'lost', `${reason} again and again`, true));
    }
    return { kind: 'cut', reason };
  }

  /** What failed before anything was sent is how it failed; afterwards it is gone on with, where that is of use. */
  #cutBy(error: FailureError, wasSent: boolean): SessionEnd {
    const { phase, code, message, via, mayHaveRun } = error.failure;
    if (mayHaveRun) {
      this.#isSent = true;
      this.#isSentNow = true;
    }
    if (this.#isUnreachable || !this.#isSent) throw error;
    // The host was reached, and did not answer, or has no room for another session.
    if (code === 'lost' || phase === 'open') return { kind: 'cut', reason: message };
    if (!wasSent || phase === 'local') throw error;
    if (code === 'become-timeout') return { kind: 'cut', reason: message };
    // It runs, and nobody can look after it.
    const failed = failure(
      'run',
      'lost',
      `contact was lost, and cannot be made again: ${message}`,
      true,
    );
    throw new FailureError({ ...failed, via }, { cause: error });
  }
}
