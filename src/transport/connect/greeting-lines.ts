/** What the bytes of a greeting amount to so far. */
export type GreetingState =
  /** Not there yet. */
  | { readonly kind: 'more' }
  /** `rest`: the identification line and all that came behind it. */
  | { readonly kind: 'ident'; readonly line: string; readonly rest: Buffer }
  /** This will never become a greeting. */
  | { readonly kind: 'wrong'; readonly why: string };

/**
 * Reads up to the server's identification line. Servers may send other lines before it (RFC 4253 section 4.2); how many
 * and how long they are is bounded here, as nothing else bounds what an unknown peer sends.
 */
export class GreetingLines {
  /** The first text that was no identification, for messages; raw. Empty: nothing but (part of) one came. */
  sample = '';
  #partial: Buffer = Buffer.alloc(0);
  #lines = 0;

  /** Whether anything came at all. */
  get begun(): boolean {
    return this.#lines > 0 || this.#partial.length > 0;
  }

  add(chunk: Buffer): GreetingState {
    let bytes = this.#partial.length === 0 ? chunk : Buffer.concat([this.#partial, chunk]);
    for (;;) {
      const end = bytes.indexOf(NEWLINE);
      if (end > LONGEST_LINE || (end === -1 && bytes.length > LONGEST_LINE)) {
        this.#keep(bytes);
        return wrong('a line of its greeting is too long');
      }
      if (end === -1) break;
      if (isIdent(bytes)) return judge(bytes.toString('latin1', 0, end).trimEnd(), bytes);
      this.#keep(bytes.subarray(0, end));
      if (HTTP.test(this.sample)) return wrong('this is a web server');
      this.#lines += 1;
      if (this.#lines > MOST_LINES) return wrong('its greeting is too long');
      bytes = bytes.subarray(end + 1);
    }
    this.#partial = bytes;
    if (bytes.includes(0)) {
      this.#keep(bytes);
      return wrong('this is no text');
    }
    return MORE;
  }

  /** No more will come: what is left of a last line counts as text. */
  close(): void {
    if (!couldBeIdent(this.#partial)) this.#keep(this.#partial);
  }

  #keep(line: Buffer): void {
    if (this.sample.length >= SAMPLE_LENGTH) return;
    const text = line.toString('utf8', 0, SAMPLE_LENGTH).trim();
    this.sample = this.sample === '' ? text : `${this.sample} ${text}`;
  }
}

function judge(line: string, rest: Buffer): GreetingState {
  if (/^SSH-(?:2\.0|1\.99)-[!-~]/u.test(line)) return { kind: 'ident', line, rest };
  return wrong(`it speaks another version of SSH: ${line.slice(0, SAMPLE_LENGTH)}`);
}

function wrong(why: string): GreetingState {
  return { kind: 'wrong', why };
}

function isIdent(bytes: Buffer): boolean {
  return bytes.length >= IDENT.length && couldBeIdent(bytes);
}

function couldBeIdent(bytes: Buffer): boolean {
  const length = Math.min(bytes.length, IDENT.length);
  return bytes.compare(IDENT, 0, length, 0, length) === 0;
}

const IDENT = Buffer.from('SSH-');
const NEWLINE = 0x0a;
const MORE: GreetingState = { kind: 'more' };
/** A web server answers our identification with an error and may then wait for another request. */
const HTTP = /^HTTP\/\d/u;
/** As OpenSSH's client (SSH_MAX_PRE_BANNER_LINES, SSH_MAX_BANNER_LEN), with far fewer lines: 8 MB are no greeting. */
const MOST_LINES = 256;
const LONGEST_LINE = 8192;
const SAMPLE_LENGTH = 100;
