import type { BecomeMethod } from '../../model/become.ts';
import type { ChannelListener } from '../../model/ports/transport.ts';
import type { Marks } from './marks.ts';

/**
 * What a host says until the other user's shell is there, kept apart from what the command says: that begins right behind
 * the word by which the shell tells that it is there, on each stream, to the byte.
 */
export class Dialog {
  readonly #marks: Marks;
  readonly #method: BecomeMethod;
  readonly #listener: ChannelListener;
  /** Called when `prompts` or `isReady` have changed. */
  readonly #changed: () => void;
  readonly #texts = { output: '', error: '' };
  readonly #isThrough = { output: false, error: false };
  #prompts = 0;

  constructor(marks: Marks, method: BecomeMethod, listener: ChannelListener, changed: () => void) {
    this.#marks = marks;
    this.#method = method;
    this.#listener = listener;
    this.#changed = changed;
  }

  /** How often a password was asked for. */
  get prompts(): number {
    return this.#prompts;
  }

  /** The other user's shell is there, and waits. */
  get isReady(): boolean {
    return this.#isThrough.output;
  }

  /** Whether it came as far as to call the method. */
  get hasAsked(): boolean {
    return [this.#texts.output, this.#texts.error].some((text) =>
      text.includes(this.#marks.asking),
    );
  }

  /**
   * What the method itself has said, or, where it did not come to it, whoever was there in its place: on one stream after
   * the other; the prompts left out. Latin-1.
   */
  get said(): string {
    const { hasAsked } = this;
    return [this.#texts.error, this.#texts.output]
      .map((text) => (hasAsked ? this.#ofMethod(text) : text))
      .map((text) => text.replaceAll(this.#marks.prompt, '\n'))
      .join('\n');
  }

  /** What it has said behind the first prompt. Latin-1. */
  get reply(): string {
    const replies = [this.#texts.error, this.#texts.output].map((text) => {
      const [, ...behind] = this.#ofMethod(text).split(this.#marks.prompt);
      return behind.join('\n');
    });
    return replies.join('\n');
  }

  data(stream: 'output' | 'error', bytes: Uint8Array): void {
    if (this.#isThrough[stream]) {
      this.#listener.data(stream, bytes);
      return;
    }
    const before = this.#texts[stream].length;
    const text = this.#texts[stream] + Buffer.from(bytes).toString('latin1');
    const { ready } = this.#marks;
    const at = text.indexOf(ready, Math.max(0, before - ready.length));
    if (at === -1) {
      this.#hear(stream, text);
      return;
    }
    this.#isThrough[stream] = true;
    this.#texts[stream] = text.slice(0, at);
    const rest = bytes.subarray(at + ready.length - before);
    if (rest.length > 0) this.#listener.data(stream, rest);
    if (stream === 'output') this.#changed();
  }

  /** Looks for a prompt in what was said. */
  #hear(stream: 'output' | 'error', text: string): void {
    const before = this.#promptsIn(this.#texts[stream]);
    const now = this.#promptsIn(text);
    this.#texts[stream] = kept(text, this.#marks.asking);
    if (now <= before) return;
    this.#prompts += now - before;
    this.#changed();
  }

  #promptsIn(text: string): number {
    const said = this.#ofMethod(text);
    if (this.#method === 'sudo') return said.split(this.#marks.prompt).length - 1;
    // They take no prompt of ours; but nobody else can speak here, before the command has begun.
    return said.match(PASSWORD_PROMPTS)?.length ?? 0;
  }

  #ofMethod(text: string): string {
    const at = text.indexOf(this.#marks.asking);
    return at === -1 ? '' : text.slice(at + this.#marks.asking.length);
  }
}

/** Of a text that grows without bound: the last of what was said behind the mark, or while there is none. */
function kept(text: string, mark: string): string {
  const at = text.indexOf(mark);
  if (at === -1) return text.slice(-MOST_SAID);
  const said = text.slice(at + mark.length);
  return mark + said.slice(-MOST_SAID);
}

const MOST_SAID = 16_384;
/** At the end of what was said so far, or answered: `Password: `, `doas (user@host) password: `. */
const PASSWORD_PROMPTS = /password[^\n:]*: ?(?=$|[\r\n])/giu;
