import { createHash } from 'node:crypto';

/** What stands at the head of every line of an audit log. */
export interface ChainedLine {
  /** From 1 on. */
  readonly n: number;
  /** SHA-256, in hex, of the line before, without its line feed; of none: zeros. */
  readonly prev: string;
  readonly kind: LineKind;
  /** The instanceId of the job that it speaks of; absent: of none. */
  readonly job?: string;
  /** Of a start: one for each child. */
  readonly hosts?: unknown;
}

/** `torn`: the line before was cut short, by a full disk or a power cut, before this one was written. */
export type LineKind = 'start' | 'child' | 'end' | 'torn';

/** The last line of a log. */
export interface Head {
  readonly n: number;
  readonly digest: string;
}

export const NO_HEAD: Head = { n: 0, digest: '0'.repeat(64) };

export function digestOf(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The line that follows, without its line feed, and the head that it makes. */
export function lineAfter(
  { n, digest }: Head,
  kind: LineKind,
  content: object,
): { readonly text: string; readonly head: Head } {
  const line: Omit<ChainedLine, 'job' | 'hosts'> = { n: n + 1, prev: digest, kind };
  const text = JSON.stringify({ ...line, ...content });
  return { text, head: { n: n + 1, digest: digestOf(text) } };
}

/** null: that is no line of an audit log. */
export function parseLine(bytes: Uint8Array): ChainedLine | null {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    // Cut short or changed: the caller knows what to make of it.
    return null;
  }
  return isLine(value) ? value : null;
}

function isLine(value: unknown): value is ChainedLine {
  if (typeof value !== 'object' || value === null) return false;
  const { n, prev, kind, job } = value as Partial<Record<keyof ChainedLine, unknown>>;
  return (
    (job === undefined || typeof job === 'string') &&
    Number.isSafeInteger(n) &&
    typeof prev === 'string' &&
    typeof kind === 'string' &&
    KINDS.includes(kind)
  );
}

const KINDS: readonly string[] = ['start', 'child', 'end', 'torn'] satisfies LineKind[];
