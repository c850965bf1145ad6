/** Takes one stream of one host in pieces and writes it line by line. */
export interface LineWriter {
  push(data: Uint8Array): Promise<void>;
  /** No more will come: a last line without a newline gets one. */
  end(): Promise<void>;
  /** What of it is held back: nothing, a line that has begun, or whole lines too. */
  readonly held: 'nothing' | 'line' | 'lines';
}

/** What many hosts' streams share: one output, on which their whole lines never interleave. */
export interface LineSink {
  /** `prefix` goes before each line; it is text of ours, already safe. */
  open(prefix: string): LineWriter;
}
