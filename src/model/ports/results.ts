import type { OutputRecord, StreamName } from '../record.ts';

/** Keeps what children said until it is received. */
export interface ResultStore {
  /** The log of a new child. */
  open(childId: number): RecordLog;
  /** Forgets a child's log and frees it. */
  drop(childId: number): void;
  /** Bytes of unread records held now. */
  readonly bytesHeld: number;
}

/** One child's chronological log: what was written and not yet freed. */
export interface RecordLog {
  /** Throws after `close`. */
  append(stream: StreamName, data: Uint8Array, time: number): OutputRecord;
  /** No more records will come. */
  close(): void;
  /** Unread records from `after` (a seq; 0: from the first) on, at most `limit`. Reading frees nothing. */
  read(after?: number, limit?: number): readonly OutputRecord[];
  /** Frees every record up to and with `seq`: it was delivered and will never be read again. */
  acknowledge(seq: number): void;
  /** Whether unread records are held. */
  readonly hasUnread: boolean;
  readonly closed: boolean;
  /** Bytes written so far to `output` and to `error`, freed ones included. */
  readonly bytes: { readonly output: number; readonly error: number };
}
