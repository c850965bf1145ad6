/** What both ends of the socket agree on beside the shapes of the model. */
export const VERSION_HEADER = 'muster-version';

/** One JSON text a line. */
export const NDJSON = 'application/x-ndjson';

/**
 * As NDJSON, but a record's bytes follow its line as they are: the line has `bytes`, their number, in place of `data`.
 * Asked for by Accept. Nothing is escaped or decoded on the way, which is what makes large results cheap.
 */
export const FRAMES = 'application/vnd.muster.frames';

/** What commands get on their standard input. */
export const BYTES = 'application/octet-stream';

/** A reader acknowledges what it has used up after so many records or bytes, and whenever it waits, but then not again so soon. */
export const ACKNOWLEDGE_AFTER: Readonly<Record<'records' | 'bytes' | 'quietMs', number>> = {
  records: 1024,
  bytes: 4 * 1024 * 1024,
  quietMs: 5,
};

/** Where the job list of arguments grows (`muster receive --host` with ten thousand names), the URL grows. */
export const MAX_HEADER_BYTES: number = 1024 * 1024;

/** Who asked a job to stop whose client went away. */
export const CLIENT_GONE = 'the end of its client';

export interface Acknowledgement {
  readonly childId: number;
  /** The last record that was used up, and with it all before it. */
  readonly seq: number;
}

export interface AcknowledgeRequest {
  readonly records: readonly Acknowledgement[];
  /** Nothing more is to be sent: what was is still its client's, and what was not is unread again. Default false. */
  readonly stop?: boolean;
  /** No more will be read: what was not acknowledged is unread again. */
  readonly close: boolean;
}

/** In a held reading, after the last record that is sent: the client acknowledges when it has written, and its connection holds. */
export interface SentLine {
  readonly sent: true;
}

/** The first line of a stream of records or events. */
export interface ReadingLine {
  /** What to acknowledge to; null: nothing has to be acknowledged. */
  readonly reading: string | null;
}
