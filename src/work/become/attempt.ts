import type { Clock } from '../../base/clock.ts';
import type { Secret } from '../../base/secret.ts';
import type { Become } from '../../model/become.ts';
import { DEADLINES } from '../../model/deadlines.ts';
import { FailureError } from '../../model/failure.ts';
import type {
  Channel,
  ChannelEnd,
  ChannelListener,
  Connection,
  ExecOptions,
} from '../../model/ports/transport.ts';
import { sendBeside, sendCommand, type RemoteCommand } from '../remote-command.ts';
import { within } from '../stop/patience.ts';
import { Dialog } from './dialog.ts';
import { becomeLine } from './line.ts';
import { newMarks } from './marks.ts';
import { News } from './news.ts';
import {
  askedAgain,
  becomeFailure,
  hasExpired,
  noPassword,
  noProgress,
  refused,
  wantsTerminal,
  type Circumstances,
} from './refusal.ts';

export interface BecomeRequest {
  readonly clock: Clock;
  readonly connection: Connection;
  readonly become: Become;
  /** See BecomeLine. */
  readonly command: string | null;
  /** Gets what the command says, and nothing else. */
  readonly listener: ChannelListener;
  /** Its `input` does not count: what the method is told comes first. */
  readonly options: ExecOptions;
  /** Asks for the password where none was given; null: nobody can be asked. Rejects where the command is no longer wanted. */
  readonly ask: (() => Promise<Secret>) | null;
  /** Waited for right before the command is told to begin. Rejects where it is no longer wanted. */
  readonly go: () => Promise<void>;
  /** Aborted: the command is no longer wanted. */
  readonly over: AbortSignal;
}

export type AttemptEnd =
  | { readonly kind: 'begun'; readonly command: RemoteCommand }
  | {
      /** The method works on a terminal only; or it did not wait until somebody had given the password. */
      readonly kind: 'needs-terminal' | 'expired';
      /** With the password, where one was asked for. */
      readonly become: Become;
      readonly failure: FailureError;
    };

/** One call of the method. See sendAs. */
export class Attempt {
  readonly #request: BecomeRequest;
  readonly #marks = newMarks();
  readonly #news = new News();
  readonly #dialog: Dialog;
  #become: Become;
  /** Somebody was asked for the password; it was sent. */
  #wasAsked = false;
  #wasTold = false;
  #end: ChannelEnd | null = null;

  constructor(request: BecomeRequest) {
    this.#request = request;
    this.#become = request.become;
    const changed = (): void => this.#news.tell();
    this.#dialog = new Dialog(this.#marks, request.become.method, request.listener, changed);
  }

  async run(): Promise<AttemptEnd> {
    const { clock, over } = this.#request;
    const sent = await this.#send();
    const { channel } = sent;
    void channel.ended.then((end) => {
      this.#end = end;
      this.#news.tell();
    });
    const aborted = (): void => this.#news.tell();
    over.addEventListener('abort', aborted);
    try {
      for (;;) {
        const end = await this.#react(sent);
        if (end !== null) return end;
        const news = await within(clock, DEADLINES.authenticateMs, this.#news.next());
        if (news === null) throw noProgress(this.#circumstances(), DEADLINES.authenticateMs);
      }
    } catch (error) {
      await giveUp(clock, channel);
      throw error;
    } finally {
      over.removeEventListener('abort', aborted);
    }
  }

  async #send(): Promise<RemoteCommand> {
    const { become, clock, command, connection, options } = this.#request;
    const line = becomeLine({
      become,
      marks: this.#marks,
      command,
      mayAsk: this.#mayAsk,
      isOnTty: options.tty !== undefined,
    });
    const { input: _input, ...others } = options;
    try {
      const send = command === null ? sendBeside : sendCommand;
      return await send(clock, connection, line, this.#dialog, others);
    } catch (error) {
      if (!(error instanceof FailureError) || !error.failure.mayHaveRun) throw error;
      // What may run is the method: it has not been told to go on.
      const message = error.failure.message.replace(/; it may run/u, '; nothing was run');
      throw becomeFailure(error.failure.code, message, error.failure.via);
    }
  }

  /** What is to be done now; null: nothing yet. */
  async #react(sent: RemoteCommand): Promise<AttemptEnd | null> {
    const dialog = this.#dialog;
    if (this.#request.over.aborted) throw becomeFailure('internal', 'it is no longer wanted');
    if (this.#end !== null) return this.#ended(this.#end);
    if (dialog.isReady) {
      await this.#request.go();
      if (this.#end !== null) throw refused(this.#circumstances(), this.#end);
      await sent.channel.write(Buffer.from(`${this.#marks.go}\n`));
      return { kind: 'begun', command: { ...sent, become: this.#become } };
    }
    if (dialog.prompts > 1) throw askedAgain(this.#circumstances());
    return dialog.prompts === 1 && !this.#wasTold ? this.#tell(sent.channel) : null;
  }

  #ended(end: ChannelEnd): AttemptEnd {
    const circumstances = this.#circumstances();
    const failure = refused(circumstances, end);
    if (this.#wasAsked && hasExpired(circumstances)) {
      return { kind: 'expired', become: this.#become, failure };
    }
    if (!wantsTerminal(circumstances, this.#mayAsk)) throw failure;
    return { kind: 'needs-terminal', become: this.#become, failure };
  }

  /** Sends the password, to a prompt that is ours, once. */
  async #tell(channel: Channel): Promise<AttemptEnd | null> {
    const { ask } = this.#request;
    let { password } = this.#become;
    if (password === null) {
      if (ask === null) throw noPassword(this.#circumstances());
      password = await ask();
      this.#become = { ...this.#become, password };
      this.#wasAsked = true;
      if (this.#end !== null) return this.#ended(this.#end);
    }
    this.#wasTold = true;
    await channel.write(password.use((bytes) => Buffer.concat([bytes, LINE_FEED])));
    return null;
  }

  /** Whether there is, or can be, a password. */
  get #mayAsk(): boolean {
    return this.#become.password !== null || this.#request.ask !== null;
  }

  #circumstances(): Circumstances {
    return {
      become: this.#become,
      target: this.#request.connection.target,
      dialog: this.#dialog,
    };
  }
}

/** The method ends with its input; one that does not is left to the end of its channel. */
async function giveUp(clock: Clock, channel: Channel): Promise<void> {
  channel.endInput();
  await within(clock, LEAVE_MS, channel.ended);
  channel.close();
}

const LINE_FEED = Buffer.from('\n');
/** sudo takes two seconds to say that a password was wrong. */
const LEAVE_MS = 1_000;
