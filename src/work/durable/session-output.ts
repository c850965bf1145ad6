import type { StreamPlaces } from '../../model/ports/work.ts';
import type { OutputFilter } from '../begin.ts';
import { beginning } from '../wrap/take-mark.ts';

/** What a follower on the host said, one line behind its mark. */
export type Said =
  | { readonly kind: 'began' | 'attached' | 'none' | 'gone' }
  | { readonly kind: 'fail'; readonly why: string }
  | { readonly kind: 'note'; readonly about: string }
  | { readonly kind: 'end'; readonly end: HostEnd };

/** How the command ended, as its supervisor has it. */
export interface HostEnd {
  readonly code: number | null;
  /** Without SIG. */
  readonly signal: string | null;
  /** The host had no room left for its output. */
  readonly isFull: boolean;
}

/**
 * The two streams of one session, of which the first holds the command's output and nothing else, and the second its errors
 * and, behind marks, what the follower says. Counts what is the command's.
 */
export class SessionOutput implements OutputFilter {
  readonly #mark: Buffer;
  readonly #next: OutputFilter;
  readonly #heard: (said: Said) => void;
  readonly #took: (places: StreamPlaces) => void;
  readonly #places: { output: number; error: number };
  /** Of the errors: what may be the begin of a mark, or is one and has no end yet. */
  #held: Buffer = Buffer.alloc(0);

  constructor(
    mark: string,
    from: StreamPlaces,
    next: OutputFilter,
    heard: (said: Said) => void,
    took: (places: StreamPlaces) => void,
  ) {
    this.#took = took;
    this.#mark = Buffer.from(mark);
    this.#places = { ...from };
    this.#next = next;
    this.#heard = heard;
  }

  get places(): StreamPlaces {
    return { ...this.#places };
  }

  take(stream: 'output' | 'error', bytes: Uint8Array): void {
    if (stream === 'output') this.#pass(stream, bytes);
    else
      this.#look(this.#held.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#held, bytes]));
  }

  /** The session is over; what was held back is the begin of a mark that did not come whole, and is sent again. */
  end(): void {
    this.#held = Buffer.alloc(0);
  }

  #look(data: Buffer): void {
    let rest = data;
    for (;;) {
      const at = rest.indexOf(this.#mark);
      if (at === -1) {
        const from = beginning(rest, this.#mark);
        this.#pass('error', rest.subarray(0, from));
        this.#held = rest.subarray(from);
        return;
      }
      this.#pass('error', rest.subarray(0, at));
      const end = rest.indexOf(LINE_FEED, at);
      this.#held = rest.subarray(at);
      if (end === -1) return;
      const said = parse(rest.toString('utf8', at + this.#mark.length, end));
      if (said !== null) this.#heard(said);
      rest = rest.subarray(end + 1);
      this.#held = rest;
    }
  }

  #pass(stream: 'output' | 'error', bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#places[stream] += bytes.length;
    this.#next.take(stream, bytes);
    this.#took(this.places);
  }
}

function parse(line: string): Said | null {
  const [verb = '', ...words] = line.trimEnd().split(' ');
  switch (verb) {
    case 'began':
    case 'attached':
    case 'none':
    case 'gone':
      return { kind: verb };
    case 'fail':
      return { kind: 'fail', why: words.join(' ') };
    case 'note':
      return { kind: 'note', about: words.join(' ') };
    case 'end':
      return parseEnd(words);
    default:
      return null;
  }
}

function parseEnd([how, what = '', ...more]: readonly string[]): Said | null {
  const isFull = more.includes('full');
  if (how === 'exit' && /^\d{1,3}$/u.test(what)) {
    return { kind: 'end', end: { code: Number(what), signal: null, isFull } };
  }
  if (how !== 'signal' || !/^\w{1,32}$/u.test(what)) return null;
  return { kind: 'end', end: { code: null, signal: what, isFull } };
}

const LINE_FEED = 0x0a;
