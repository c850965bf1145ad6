import { createReadStream } from 'node:fs';
import { digestOf, NO_HEAD, parseLine, type Head } from './line.ts';
import { ToldJobs, type JobRemark } from './told-jobs.ts';

/** What is wrong with an audit log, and what there is to say of it. */
export interface AuditVerdict {
  /** Complete lines. */
  readonly lines: number;
  /** The digest of the last one. Kept elsewhere, it proves later that nothing was cut from the end. */
  readonly head: string;
  /** In the order of the lines, at most `MOST_FAULTS`; empty: nothing was changed. */
  readonly faults: readonly AuditFault[];
  /** What is no change, or need not be one: a line that a full disk has cut short, a job without its end. At most as many. */
  readonly notes: readonly AuditFault[];
  /** Lines that came after the head that was given; null: none was, or it is not there. */
  readonly since: number | null;
}

export interface AuditFault {
  /** From 1 on. */
  readonly line: number;
  /** One line. */
  readonly why: string;
}

/**
 * Looks through an audit log: each line has to hold the number that follows and the digest of the line before. `head`: the
 * digest of a line that has to be there, in hex. Rejects with what reading the file fails with.
 */
export async function verifyAudit(path: string, head: string | null = null): Promise<AuditVerdict> {
  const chain = new Chain(head?.toLowerCase() ?? null);
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    rest = Buffer.concat([rest, bytesOf(chunk)]);
    let from = 0;
    for (let at = rest.indexOf(LINE_FEED); at !== -1; at = rest.indexOf(LINE_FEED, from)) {
      chain.add(rest.subarray(from, at));
      from = at + 1;
    }
    rest = rest.subarray(from);
  }
  return chain.end(rest);
}

class Chain {
  readonly #expected: string | null;
  readonly #faults: AuditFault[] = [];
  readonly #notes: AuditFault[] = [];
  readonly #jobs = new ToldJobs();
  #line = 0;
  #last: Head = NO_HEAD;
  /** The last line is none that can be read: whether it was cut short by its writer, the next one tells. */
  #unread = false;
  #foundAt: number | null = null;

  constructor(expected: string | null) {
    this.#expected = expected;
  }

  add(bytes: Buffer): void {
    this.#line += 1;
    const parsed = parseLine(bytes);
    const digest = digestOf(bytes);
    if (digest === this.#expected) this.#foundAt = this.#line;
    if (parsed === null) {
      if (this.#unread) this.#fault(this.#line - 1, NONE);
      this.#unread = true;
      this.#last = { n: this.#last.n + 1, digest };
      return;
    }
    const { n, prev, kind } = parsed;
    const follows = prev === this.#last.digest;
    if (this.#unread || kind === 'torn') this.#afterTorn(follows && kind === 'torn');
    else this.#compare(n, follows);
    this.#remark(this.#jobs.add(this.#line, parsed));
    this.#unread = false;
    this.#last = { n, digest };
  }

  end(rest: Buffer): AuditVerdict {
    if (this.#unread) this.#fault(this.#line, NONE);
    if (rest.length > 0)
      this.#fault(this.#line + 1, 'is cut short: it has no end, and no line comes after it');
    if (this.#expected !== null && this.#foundAt === null)
      this.#fault(this.#line + 1, 'no line has the digest that was given as the head');
    for (const remark of this.#jobs.unended) this.#remark(remark);
    return {
      lines: this.#line,
      head: this.#last.digest,
      faults: this.#faults.sort((a, b) => a.line - b.line),
      notes: this.#notes.sort((a, b) => a.line - b.line),
      since: this.#foundAt === null ? null : this.#line - this.#foundAt,
    };
  }

  #afterTorn(isTold: boolean): void {
    const line = this.#line - 1;
    if (isTold && line > 0) {
      this.#note(line, 'was cut short as it was written; the next line says so');
    } else if (this.#unread) this.#fault(line, NONE);
    else this.#fault(this.#line, 'speaks of a line cut short that is not before it');
  }

  #compare(n: number, follows: boolean): void {
    const missing = n - this.#last.n - 1;
    if (follows && missing === 0) return;
    if (follows) this.#fault(this.#line, `was changed: its number is ${n}`);
    else if (missing > 0) {
      const lines = missing === 1 ? 'a line was' : `${missing} lines were`;
      this.#fault(this.#line, `${lines} removed before it`);
    } else if (missing < 0) this.#fault(this.#line, 'was inserted, or moved here');
    else if (this.#line === 1) this.#fault(1, 'was changed: nothing comes before it');
    else this.#fault(this.#line - 1, 'was changed: it is not what the next line was written after');
  }

  #remark(remark: JobRemark | null): void {
    if (remark === null) return;
    const { line, why, isFault } = remark;
    if (isFault) this.#fault(line, why);
    else this.#note(line, why);
  }

  #note(line: number, why: string): void {
    if (this.#notes.length < MOST_FAULTS) this.#notes.push({ line, why });
  }

  #fault(line: number, why: string): void {
    if (this.#faults.length < MOST_FAULTS) this.#faults.push({ line, why });
  }
}

function bytesOf(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  throw new Error('a file was not read as bytes');
}

const NONE = 'is no line of an audit log';
const LINE_FEED = 0x0a;
const MOST_FAULTS = 20;
