/** PowerShell's streams. stdout is `output`, stderr is `error`. */
export type StreamName =
  | 'output'
  | 'error'
  | 'warning'
  | 'verbose'
  | 'debug'
  | 'information'
  | 'progress';

export const STREAM_NAMES: readonly StreamName[] = [
  'output',
  'error',
  'warning',
  'verbose',
  'debug',
  'information',
  'progress',
];

/** One piece of a child's output, exactly as it came. Never modified after it was made. */
export interface OutputRecord {
  /** From 1, without gaps, over all streams of the child. */
  readonly seq: number;
  /** Wall time of arrival, milliseconds since the epoch. */
  readonly time: number;
  readonly stream: StreamName;
  readonly data: Uint8Array;
  /** The bytes are one line that holds a JSON object: a structured record. Absent: text like any other. */
  readonly structured?: true;
}
