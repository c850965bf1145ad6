import { safeLine } from '../base/safe-text.ts';
import type { StreamName } from '../model/record.ts';
import { isFinished } from '../model/state.ts';
import type { LineSink, LineWriter } from './lines.ts';
import type { LabelOf } from './names.ts';
import type { Part } from './part.ts';
import type { Output } from './presenter.ts';
import { createRawLines } from './raw-lines.ts';
import { paint } from './style.ts';
import { createTerminalLines } from './terminal-lines.ts';
import { NEWLINE } from './terminal-text.ts';

/** Where lines go, stdout's and stderr's. Jobs that are shown at the same time share them. */
export interface LineSinks {
  readonly stdout: LineSink & Pick<Output, 'colour'>;
  readonly stderr: LineSink & Pick<Output, 'colour'>;
}

export function lineSinks(stdout: Output, stderr: Output): LineSinks {
  return { stdout: sinkOf(stdout), stderr: sinkOf(stderr) };
}

export interface LiveOptions {
  /** Lines of output alone. What is ours to say keeps its words. */
  readonly noPrefix: boolean;
  readonly label: LabelOf;
  /** Records of other streams are passed over. */
  readonly streams: ReadonlySet<StreamName>;
}

/** `host: line` as it comes: output to stdout, every other stream to stderr, as clush and pdsh do. */
export function live(sinks: LineSinks, options: LiveOptions): Part {
  const { noPrefix, label, streams } = options;
  const children = new Map<number, Map<StreamName, Line>>();

  const lineOf = (childId: number, host: string, stream: StreamName): Line => {
    const writers = children.get(childId) ?? new Map<StreamName, Line>();
    children.set(childId, writers);
    const known = writers.get(stream);
    if (known !== undefined) return known;
    const sink = sinks[stream === 'output' ? 'stdout' : 'stderr'];
    const name = safeLine(label(childId, host), NAME_LIMIT);
    const writer = sink.open(prefixOf(stream, name, noPrefix, sink.colour));
    const line: Line = { writer, since: null };
    writers.set(stream, line);
    return line;
  };

  const endChild = async (childId: number): Promise<void> => {
    for (const { writer } of children.get(childId)?.values() ?? []) await writer.end();
    children.delete(childId);
  };

  return {
    async record({ jobId, host, record: { seq, stream, data } }) {
      if (!streams.has(stream)) return;
      const line = lineOf(jobId, host, stream);
      await line.writer.push(data);
      const { held } = line.writer;
      if (held === 'nothing') line.since = null;
      else if (held === 'line' && data.includes(NEWLINE)) line.since = seq;
      else line.since ??= seq;
    },
    unwritten: (childId) =>
      [...(children.get(childId)?.values() ?? [])].flatMap(({ since }) => since ?? []),
    async state({ jobId, to }) {
      if (isFinished(to)) await endChild(jobId);
    },
    async end() {
      for (const childId of children.keys()) await endChild(childId);
    },
  };
}

interface Line {
  readonly writer: LineWriter;
  /** The record with the first byte that is not written yet; null: all are. */
  since: number | null;
}

function prefixOf(stream: StreamName, name: string, noPrefix: boolean, colour: boolean): string {
  const start = (hue: 'cyan' | 'red' | 'yellow'): string =>
    noPrefix ? '' : `${paint(name, hue, colour)}: `;
  switch (stream) {
    case 'output':
    case 'information':
      return start('cyan');
    case 'error':
      return start('red');
    case 'warning':
      return `${start('yellow')}warning: `;
    case 'progress':
      return `${start('cyan')}progress: `;
    case 'verbose':
    case 'debug':
      return `muster: ${name}: `;
  }
}

function sinkOf(output: Output): LineSinks['stdout'] {
  const lines = output.isTerminal ? createTerminalLines(output) : createRawLines(output);
  return { open: (prefix) => lines.open(prefix), colour: output.colour };
}

/** A name in the DNS has 253 characters at most (RFC 1035 section 2.3.4). */
const NAME_LIMIT = 255;
