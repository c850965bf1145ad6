import { join } from 'node:path';
import type { Random } from './random.ts';

export const COMMAND_KINDS = [
  'quick',
  'slow',
  'chatty',
  'binary',
  'large',
  'failing',
  'signalled',
  'input',
] as const;

export type CommandKind = (typeof COMMAND_KINDS)[number];

/** Enough to say what the command writes and how it ends, on whichever host. */
export interface CommandPlan {
  readonly kind: CommandKind;
  /** Lines on each stream; of `large` and `input`, on errors only. */
  readonly lines: number;
  /** Seconds between groups of lines. */
  readonly pause: number;
  /** Lines in a group; after each there is a pause. */
  readonly group: number;
  readonly exitCode: number;
  readonly signal: string | null;
}

export function planCommand(random: Random, kind: CommandKind): CommandPlan {
  const quiet = { kind, lines: 1, pause: 0, group: 1000, exitCode: 0, signal: null };
  const few = { ...quiet, lines: random.whole(1, 6), pause: 0.2, group: 1 };
  switch (kind) {
    case 'quick':
      return quiet;
    case 'slow':
      return { ...quiet, lines: random.whole(8, 20), pause: 0.3, group: 1 };
    case 'chatty':
      return { ...quiet, lines: random.whole(200, 2000), pause: 0.1, group: 100 };
    case 'binary':
    case 'input':
      return quiet;
    case 'large':
      return { ...quiet, lines: random.whole(2, 4), pause: 0.3, group: 1 };
    case 'failing':
      return { ...few, exitCode: random.whole(1, 255) };
    case 'signalled':
      return { ...few, signal: random.pick(['KILL', 'TERM', 'USR1']) ?? 'KILL' };
  }
}

/** Files that commands write out or get as their input, made once a run from its seed. */
export interface Blobs {
  readonly folder: string;
  readonly binary: Buffer;
  readonly large: Buffer;
  readonly input: Buffer;
}

export type BlobName = Exclude<keyof Blobs, 'folder'>;

export function makeBlobs(folder: string, random: Random): Blobs {
  const [binary, large, input] = [60_000, 400_000, 90_000].map((size) => random.bytes(size));
  const empty = Buffer.alloc(0);
  return { folder, binary: binary ?? empty, large: large ?? empty, input: input ?? empty };
}

/**
 * The command line. The hosts are addresses of one machine: each tells itself by the address that was connected to, and
 * counts its beginnings in a file that they share (a short line is appended whole).
 */
export function commandLine(plan: CommandPlan, token: string, blobs: Blobs, begun: string): string {
  const { kind, lines, pause, group, exitCode, signal } = plan;
  const pausing = pause === 0 ? ':' : `[ $((i % ${group})) -ne 0 ] || sleep ${pause}`;
  const [first, each] = writing(kind, token, blobs);
  return [
    `h=\${SSH_CONNECTION% *}; h=\${h##* }; echo "${token} $h" >>${begun}; ${first}; `,
    `i=0; while [ $i -lt ${lines} ]; do i=$((i+1)); ${each}; echo "err ${token} $h $i" >&2; ${pausing}; done; `,
    signal === null ? `exit ${exitCode}` : `kill -${signal} $$`,
  ].join('');
}

/** What the command writes on that host, to its end. */
export function expectedOutput(
  plan: CommandPlan,
  token: string,
  host: string,
  blobs: Blobs,
): Readonly<Record<'output' | 'error', Buffer>> {
  const numbers = Array.from({ length: plan.lines }, (_, index) => index + 1);
  const lines = (stream: string): Buffer =>
    Buffer.from(numbers.map((n) => `${stream} ${token} ${host} ${n}\n`).join(''));
  return { output: outputOf(plan, blobs, lines), error: lines('err') };
}

function outputOf(plan: CommandPlan, blobs: Blobs, lines: (stream: string) => Buffer): Buffer {
  switch (plan.kind) {
    case 'binary':
      return blobs.binary;
    case 'input':
      return blobs.input;
    case 'large':
      return Buffer.concat(Array.from({ length: plan.lines }, () => blobs.large));
    case 'quick':
    case 'slow':
    case 'chatty':
    case 'failing':
    case 'signalled':
      return lines('out');
  }
}

/** What it writes at first, and with each line. */
function writing(kind: CommandKind, token: string, blobs: Blobs): readonly [string, string] {
  if (kind === 'binary') return [`cat ${join(blobs.folder, 'binary')}`, ':'];
  if (kind === 'input') return ['cat', ':'];
  if (kind === 'large') return [':', `cat ${join(blobs.folder, 'large')}`];
  return [':', `echo "out ${token} $h $i"`];
}
