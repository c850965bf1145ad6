import { randomUUID } from 'node:crypto';
import { safeLine } from '../../base/safe-text.ts';
import { FailureError, type Failure } from '../../model/failure.ts';
import type { WorkEnd } from '../../model/outcome.ts';
import type { ChannelEnd, Connection } from '../../model/ports/transport.ts';
import type { Target } from '../../model/target.ts';
import type { StreamPlaces, WorkContext } from '../../model/ports/work.ts';
import { begin, type Begun, type OutputFilter } from '../begin.ts';
import { pumpInput } from '../input-pump.ts';
import { onAbort, type AbortWaiter } from '../on-abort.ts';
import { inputAfter } from '../wrap/ahead.ts';
import { hostVariables } from '../wrap/host-variables.ts';
import { readerInput, readerLine } from '../wrap/reader.ts';
import { endDurable } from './end-durable.ts';
import { attachProgram, beginProgram, inputPieces } from './programs.ts';
import { SessionOutput, type HostEnd, type Said } from './session-output.ts';

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
    filter?.end();
    abort.dispose();
  }
}

/** How a session with the host ended. */
type SessionEnd =
  | { readonly kind: 'over'; readonly end: WorkEnd }
  | { readonly kind: 'aborted' }
  /** It is to be gone on with. `reason`: safe text. */
  | { readonly kind: 'cut'; readonly reason: string };

class DurableRun {
  readonly #command: DurableCommand;
  readonly #context: WorkContext;
  readonly #abort: AbortWaiter;
  readonly #next: OutputFilter;
  #places: StreamPlaces;
  /** It is known that the command was begun. */
  #isBegun: boolean;
  /** It was sent, and may have been begun. */
  #isSent: boolean;
  #isDoubtful = false;
  #input: (() => AsyncIterable<Uint8Array>) | null = null;
  /** Sessions in a row that brought nothing. */
  #idle = 0;

  constructor(
    command: DurableCommand,
    context: WorkContext,
    filter: OutputFilter | null,
    abort: AbortWaiter,
  ) {
    this.#command = command;
    this.#context = context;
    this.#abort = abort;
    this.#next = filter ?? {
      take: (stream, bytes) => context.write(stream, bytes),
      end: () => undefined,
    };
    this.#places = context.reached ?? { output: 0, error: 0 };
    this.#isBegun = context.reached !== null;
    this.#isSent = this.#isBegun;
  }

  async run(): Promise<WorkEnd> {
    const context = this.#context;
    let connect: () => Promise<Connection> = this.#isBegun
      ? () => context.reconnect('its controller has ended')
      : () => context.connect();
    for (;;) {
      const session = await this.#session(connect);
      if (session.kind === 'over') return session.end;
      if (session.kind === 'aborted') {
        const isLeft = isDetached(context.signal);
        return this.#isSent && !isLeft
          ? endDurable(context)
          : { kind: 'ended', confirmed: !isLeft };
      }
      const { reason } = session;
      connect = () => context.reconnect(reason);
    }
  }

  async #session(connect: () => Promise<Connection>): Promise<SessionEnd> {
    const mark = `muster-${randomUUID()}:`;
    const heard: Said[] = [];
    const before = this.#places;
    const output = new SessionOutput(
      mark,
      before,
      this.#next,
      (said) => this.#hear(said, heard),
      (places) => this.#took(places),
    );
    try {
      const begun = await this.#begin(connect, mark, output);
      if ('kind' in begun) return { kind: 'aborted' };
      const end = await this.#follow(begun);
      begun.mute();
      return end === 'aborted' ? { kind: 'aborted' } : this.#judge(end, heard);
    } catch (error) {
      if (this.#context.signal.aborted) return { kind: 'aborted' };
      if (!(error instanceof FailureError)) throw error;
      return this.#cutBy(error);
    } finally {
      // Who said nothing may begin it later; who comes second finds the lease taken, as long as that is kept.
      if (this.#isSent && heard.length === 0) this.#isDoubtful = true;
      this.#places = output.places;
      this.#took(this.#places);
      const { output: out, error: err } = this.#places;
      this.#idle = out + err > before.output + before.error ? 0 : this.#idle + 1;
    }
  }

  /** What a filter holds back is in no record yet. */
  #took({ output, error }: StreamPlaces): void {
    const doubtful = this.#isDoubtful ? ({ doubtful: true } as const) : {};
    this.#context.took({ output: output - (this.#next.held ?? 0), error, ...doubtful });
  }

  #hear(said: Said, heard: Said[]): void {
    heard.push(said);
    if (said.kind === 'began' || said.kind === 'attached') this.#isBegun = true;
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
    const session = { id, mark, from: this.#places };
    const isNew = !this.#isBegun;
    const hasInput = bytes !== null || context.input !== null;
    const text = isNew
      ? beginProgram({ ...session, command: program, hasInput })
      : attachProgram(session);
    const input = isNew && hasInput ? () => inputPieces(wholeInput(bytes, context.input)) : null;
    const ahead = inputAfter({ buffers: [readerInput(text)] }, input);
    this.#input = ahead;
    const started = (): void => {
      this.#isSent = true;
      context.started();
    };
    const env = hostVariables(context);
    const through = {
      ...context,
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
      for (const said of heard) {
        switch (said.kind) {
          case 'end':
            return { kind: 'over', end: workEnd(said.end) };
          case 'fail':
            throw new FailureError(failure('local', 'store', said.why, false));
          case 'gone':
            throw new FailureError(failure('run', 'lost', GONE, true));
          case 'none':
            throw new FailureError(failure('run', 'lost', NONE, true));
          case 'began':
          case 'attached':
          case 'note':
        }
      }
    }
    const reason = end.kind === 'lost' ? end.reason : 'the session with the host ended';
    if (end.kind !== 'lost' && this.#idle >= MOST_IDLE) {
      throw new FailureError(failure('run', 'lost', `${reason} again and again`, this.#isBegun));
    }
    return { kind: 'cut', reason: safeLine(reason) };
  }

  /** What failed before anything was sent is how it failed; afterwards it is gone on with. */
  #cutBy(error: FailureError): SessionEnd {
    const { failure: why } = error;
    const isLost = why.code === 'lost' && why.mayHaveRun && error.cause === undefined;
    if (why.mayHaveRun) this.#isSent = true;
    if (!this.#isSent || (!isLost && why.phase !== 'open')) throw error;
    return { kind: 'cut', reason: why.message };
  }
}

async function* wholeInput(
  bytes: Buffer | null,
  input: WorkContext['input'],
): AsyncGenerator<Uint8Array, void> {
  if (bytes !== null) yield bytes;
  if (input !== null) yield* input();
}

function workEnd({ code, signal, isFull }: HostEnd): WorkEnd {
  if (isFull) {
    const failed = failure('local', 'store', FULL, true);
    return { kind: 'failed', failure: failed, ...(code === null ? {} : { exitCode: code }) };
  }
  if (signal !== null) return { kind: 'signal', signal, core: false };
  return { kind: 'exit', code: code ?? 0 };
}

function failure(
  phase: Failure['phase'],
  code: Failure['code'],
  message: string,
  mayHaveRun: boolean,
): Failure {
  return { phase, code, message: safeLine(message), mayHaveRun, via: null };
}

/** A terminal would mix the two streams. */
function withoutTerminal(target: Target): Target {
  return target.ssh === undefined ? target : { ...target, ssh: { ...target.ssh, tty: 'no' } };
}

const ON_TERMINAL =
  'the host lets nobody become another user without a terminal, and a durable command has none';
const FULL = 'no room was left on the host for its output: it may be cut short';
const GONE = 'its supervisor on the host is gone: the host was restarted, or somebody killed it';
const NONE = 'what the host kept of it is gone';
const KILLS_AT_LOGOUT =
  "this host ends its users' processes at logout (KillUserProcesses): the command may not outlive the connection";
const MOST_IDLE = 5;

/** It is to stay as it is on its host. */
function isDetached(signal: AbortSignal): boolean {
  const reason: unknown = signal.reason;
  return (
    typeof reason === 'object' && reason !== null && 'kind' in reason && reason.kind === 'detach'
  );
}
