import type { Clock, Timer } from '../../base/clock.ts';
import { safeLine } from '../../base/safe-text.ts';
import { DEADLINES } from '../../model/deadlines.ts';
import type { Channel, ChannelEnd, ChannelListener } from '../../model/ports/transport.ts';
import type { Link } from '../connect/link.ts';
import { seconds } from '../failures.ts';
import { signalChannel, type ClientChannel, type Opened } from '../ssh2.ts';
import { Held } from './held.ts';
import { Input } from './input.ts';
import { overrun, type Window } from './window.ts';

/** How the command ended, as soon as the server has said so. */
type Report = { readonly kind: 'exit'; readonly code: number } | Omit<SignalEnd, 'drained'>;
type SignalEnd = Extract<ChannelEnd, { kind: 'signal' }>;

/**
 * One command and its channel. It begins when the request leaves, before the server has answered; it ends once: with
 * the command's report and all output, or when there is nothing more to wait for. A report is required for success:
 * killing the server's process closes the channel in silence, and looks like a clean end to ssh2.
 */
export class ExecChannel implements Channel {
  readonly ended: Promise<ChannelEnd>;
  readonly #clock: Clock;
  readonly #link: Link;
  readonly #listener: ChannelListener;
  /** Called when the host has nothing of this command any more, as far as it tells us. */
  readonly #reported: (channel: ExecChannel) => void;
  readonly #input: Input;
  readonly #sentAt: number;
  #settle: (end: ChannelEnd) => void = () => undefined;
  #isSettled = false;
  #stream: ClientChannel | null = null;
  #report: Report | null = null;
  #bytes = 0;
  /** Of stdout and stderr: how many are still open. */
  #openStreams = 2;
  #isClosed = false;
  /** Contact was lost before both streams came to their end. */
  #isCut = false;
  #isPaused = false;
  #held: Held | null = null;
  #window: Window | null = null;
  #timer: Timer | null = null;

  constructor(
    clock: Clock,
    link: Link,
    listener: ChannelListener,
    reported: (channel: ExecChannel) => void,
  ) {
    this.#clock = clock;
    this.#link = link;
    this.#listener = listener;
    this.#reported = reported;
    this.#input = new Input(link.socket);
    this.#sentAt = clock.monotonic();
    this.ended = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** The server has accepted the command. Both streams are read from now on: one that is not stops the other, too. */
  attach({ stream, window }: Opened): void {
    this.#stream = stream;
    this.#window = window;
    this.#input.open(stream);
    stream.on('data', (bytes: Buffer) => this.#data('output', bytes));
    stream.stderr.on('data', (bytes: Buffer) => this.#data('error', bytes));
    stream.on('exit', this.#exit);
    stream.on('end', this.#streamOver).on('close', this.#closed);
    stream.stderr.on('end', this.#streamOver);
    // A write that fails is told to its writer; the event that comes with it must find a listener.
    stream.on('error', ignore);
    stream.stderr.on('error', ignore);
  }

  write(bytes: Uint8Array): Promise<boolean> {
    return this.#input.write(bytes);
  }

  endInput(): void {
    this.#input.end();
  }

  pause(): void {
    if (this.#isPaused || this.#stream === null || this.#isSettled) return;
    this.#isPaused = true;
    this.#window?.hold();
    // A reader of ours that holds back is no reason to cut the output.
    this.#timer?.cancel();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#held?.release(this.#give, () => !this.#isPaused);
    // A reader that has enough pauses again.
    if (this.#isPaused) return;
    this.#held = null;
    this.#window?.letGo();
    if (this.#report !== null) this.#startDraining();
    this.#check();
  }

  signal(name: string): void {
    if (this.#stream !== null && !this.#link.isOver) signalChannel(this.#stream, name);
  }

  close(): void {
    if (this.#isSettled) return;
    this.#finish(this.#report === null ? this.#unreported('closed') : this.#withReport());
    this.#letGo();
  }

  readonly #data = (stream: 'output' | 'error', bytes: Buffer): void => {
    // Behind what was too much nothing counts: there would be a gap.
    if (this.#isPaused && this.#link.isOver) return;
    this.#bytes += bytes.length;
    if (!this.#isPaused || this.#isSettled) this.#give(stream, bytes);
    else if (!(this.#held ??= new Held()).add(stream, bytes)) this.#link.fail(overrun());
  };

  readonly #give = (stream: 'output' | 'error', bytes: Buffer): void => {
    if (!this.#isSettled) this.#listener.data(stream, bytes);
  };

  /** ssh2 tells of the first report only. */
  readonly #exit = (code: number | null, signal?: string, core?: boolean, text?: string): void => {
    // What was read together with a breach of the rules comes after the end.
    if (this.#link.isOver) return;
    this.#report =
      code === null
        ? {
            kind: 'signal',
            signal: signalName(signal ?? ''),
            core: core === true,
            text: text ?? '',
          }
        : { kind: 'exit', code };
    this.#input.close();
    this.#reported(this);
    if (!this.#isPaused) this.#startDraining();
  };

  readonly #streamOver = (): void => {
    this.#openStreams -= 1;
    if (this.#link.isOver) this.#isCut = true;
    this.#check();
  };

  readonly #closed = (): void => {
    this.#isClosed = true;
    this.#input.close();
    this.#window?.close();
    this.#reported(this);
    this.#check();
  };

  #check(): void {
    if (!this.#isClosed || this.#openStreams > 0 || this.#isSettled) return;
    // What its reader has not got yet belongs to it.
    if (this.#held?.isEmpty === false) return;
    if (this.#report !== null) this.#finish(this.#withReport());
    else if (this.#link.isOver) this.#finish(this.#unreported('closed'));
    else this.#askWhy();
  }

  /** A server that dies may close its channels first: only a connection that outlives them shows that it did not. */
  #askWhy(): void {
    this.#input.close();
    this.#timer = this.#clock.after(AFTERMATH_MS, () => {
      this.#finish(this.#unreported('no-status'));
    });
  }

  #startDraining(): void {
    this.#timer?.cancel();
    this.#timer = this.#clock.after(DEADLINES.drainMs, () => {
      this.#finish(this.#withReport());
      this.#letGo();
    });
  }

  #finish(end: ChannelEnd): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#held = null;
    this.#timer?.cancel();
    this.#timer = null;
    this.#input.close();
    this.#settle(end);
  }

  /** What still comes is read and dropped, so that the connection stays usable. */
  #letGo(): void {
    this.resume();
    this.#stream?.close();
  }

  #withReport(): ChannelEnd {
    const report = this.#report;
    if (report === null) return this.#unreported('no-status');
    return { ...report, drained: this.#openStreams === 0 && !this.#isCut };
  }

  /** An end without a report: `kind` while there is contact, or when it was us who ended it. */
  #unreported(kind: 'no-status' | 'closed'): ChannelEnd {
    const link = this.#link;
    if (!link.isOver || link.isOurs) return { kind: link.isOurs ? 'closed' : kind };
    const why = link.error === null ? 'closed by the other side' : link.error.message;
    const { via } = link;
    // One loss of many: told to all in the same words, so that they can be told together.
    if (via !== null)
      return { kind: 'lost', reason: `${safeLine(why, 150)}; the command may still run`, via };
    const after = seconds(this.#clock.monotonic() - this.#sentAt);
    const reason = `connection lost after ${after} and ${this.#bytes} bytes; the command may still run (${why})`;
    return { kind: 'lost', reason: safeLine(reason) };
  }
}

/** RFC 4254 section 6.10: names are without SIG, which ssh2 adds. The server may send anything. */
function signalName(text: string): string {
  return safeLine(text.replace(/^SIG/u, ''), 32);
}

function ignore(): void {}

/** How long a connection must outlive a channel that closed without a report. */
const AFTERMATH_MS = 50;
