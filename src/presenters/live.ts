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

export interface LiveOptions {
  /** Lines of output alone. What is ours to say keeps its words. */
  readonly noPrefix: boolean;
  readonly label: LabelOf;
  /** Records of other streams are passed over. */
  readonly streams: ReadonlySet<StreamName>;
}

/** `host: line` as it comes: output to stdout, every other stream to stderr, as clush and pdsh do. */
export function live(stdout: Output, stderr: Output, options: LiveOptions): Part {
  const { noPrefix, label, streams } = options;
  const sinks = { stdout: sinkOf(stdout), stderr: sinkOf(stderr) };
  const children = new Map<number, Map<StreamName, LineWriter>>();

  const writerOf = (childId: number, host: string, stream: StreamName): LineWriter => {
    const writers = children.get(childId) ?? new Map<StreamName, LineWriter>();
    children.set(childId, writers);
    const known = writers.get(stream);
    if (known !== undefined) return known;
    const normal = stream === 'output';
    const { colour } = normal ? stdout : stderr;
    const name = safeLine(label(childId, host), NAME_LIMIT);
    const prefix = prefixOf(stream, name, noPrefix, colour);
    const writer = sinks[normal ? 'stdout' : 'stderr'].open(prefix);
    writers.set(stream, writer);
    return writer;
  };

  const endChild = async (childId: number): Promise<void> => {
    for (const writer of children.get(childId)?.values() ?? []) await writer.end();
    children.delete(childId);
  };

  return {
    async record({ jobId, host, record: { stream, data } }) {
      if (streams.has(stream)) await writerOf(jobId, host, stream).push(data);
    },
    async state({ jobId, to }) {
      if (isFinished(to)) await endChild(jobId);
    },
    async end() {
      for (const childId of children.keys()) await endChild(childId);
    },
  };
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

function sinkOf(output: Output): LineSink {
  return output.isTerminal ? createTerminalLines(output) : createRawLines(output);
}

/** A name in the DNS has 253 characters at most (RFC 1035 section 2.3.4). */
const NAME_LIMIT = 255;
