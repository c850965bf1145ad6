import type { OutputRecord, StreamName } from '../record.ts';

/** Keeps what children said until it is received. */
export interface ResultStore {
  /** The log of a child; `from`: what of it was received already. */
  open(childId: number, from?: LogStart): RecordLog;
  /** Forgets a child's log and frees it. */
  drop(childId: number): void;
  /** Bytes of unread records held now, in memory and on the disk. */
  readonly bytesHeld: number;
  /** Those of them that are on the disk alone. */
  readonly bytesSpilled: number;
}

/** Where a log goes on that an earlier controller had begun. */
export interface LogStart {
  /** The last record that there was. */
  readonly seq: number;
  readonly output: number;
  readonly error: number;
}

/** One child's chronological log: what was written and not yet freed. */
export interface RecordLog {
  /**
   * Adds a record; a long one may become several, which follow each other. Returns all of it, under the seq of the last.
   * Throws after `close`.
   */
  append(stream: StreamName, data: Uint8Array, time: number, structured?: true): OutputRecord;
  /**
   * Why no more than was appended so far can be kept: safe text that says what was needed where, and what is free there.
   * null: there is room.
   */
  readonly full: string | null;
  /** No more records will come. */
  close(): void;
  /** Unread records from `after` (a seq; 0: from the first) on, at most `limit`. Reading frees nothing. */
  read(after?: number, limit?: number): readonly OutputRecord[];
  /** A reader of its own place in the log, from the first unread record on. */
  reader(options: ReaderOptions): RecordReader;
  /** Calls back after records were freed: with the seq up to which all have been. */
  onRead(listener: (upTo: number) => void): void;
  /** Calls back once: when it is closed, and all that was in it has been read; at once where that is so. */
  whenRead(listener: () => void): void;
  /** Whether unread records are held. */
  readonly hasUnread: boolean;
  /** How many are, claimed ones included. */
  readonly unread: number;
  readonly closed: boolean;
  /** Bytes written so far to `output` and to `error`, freed ones included. */
  readonly bytes: { readonly output: number; readonly error: number };
}

export interface ReaderOptions {
  /** Nothing is claimed and nothing freed: others get the same records. */
  readonly keep: boolean;
  /** Only these; null: every stream. Records of other streams stay unread. */
  readonly streams: readonly StreamName[] | null;
}

/**
 * Takes records one after another. Unless it keeps, what it takes is claimed: no other claiming reader gets it, until it
 * is acknowledged, and so freed, or this reader is closed, and what was not acknowledged is unread as before.
 */
export interface RecordReader {
  /** The next records that nobody has claimed, at most `limit`; empty: none now. */
  take(limit: number): readonly OutputRecord[];
  /** Frees every record this reader has taken, up to and with `seq`: it was delivered and will never be read again. */
  acknowledge(seq: number): void;
  /** How many records it has claimed and not acknowledged. */
  readonly held: number;
  /** Gives back the records it took after this one, which it took too; null: all that are not acknowledged. */
  giveBackAfter(seq: number | null): void;
  /** Idempotent. */
  close(): void;
}
