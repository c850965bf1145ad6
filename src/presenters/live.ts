import { safeLine } from '../base/safe-text.ts';
import { isFinished } from '../model/state.ts';
import type { StreamName } from '../model/record.ts';
import type { LineSink, LineWriter } from './lines.ts';
import type { Part } from './part.ts';
import type { Output } from './presenter.ts';
import { createRawLines } from './raw-lines.ts';
import { paint } from './style.ts';
import { createTerminalLines } from './terminal-lines.ts';

/** `host: line` as it comes: output to stdout, every other stream to stderr, as clush and pdsh do. */
export function live(stdout: Output, stderr: Output, noPrefix: boolean): Part {
  const sinks = { stdout: sinkOf(stdout), stderr: sinkOf(stderr) };
  const children = new Map<number, Map<StreamName, LineWriter>>();

  const writerOf = (childId: number, host: string, stream: StreamName): LineWriter => {
    const writers = children.get(childId) ?? new Map<StreamName, LineWriter>();
    children.set(childId, writers);
    const known = writers.get(stream);
    if (known !== undefined) return known;
    const normal = stream === 'output';
    const label = paint(
      safeLine(host, HOST_LIMIT),
      normal ? 'cyan' : 'red',
      (normal ? stdout : stderr).colour,
    );
    const writer = sinks[normal ? 'stdout' : 'stderr'].open(noPrefix ? '' : `${label}: `);
    writers.set(stream, writer);
    return writer;
  };

  const endChild = async (childId: number): Promise<void> => {
    for (const writer of children.get(childId)?.values() ?? []) await writer.end();
    children.delete(childId);
  };

  return {
    async record({ jobId, host, record }) {
      await writerOf(jobId, host, record.stream).push(record.data);
    },
    async state({ jobId, to }) {
      if (isFinished(to)) await endChild(jobId);
    },
    async end() {
      for (const childId of children.keys()) await endChild(childId);
    },
  };
}

function sinkOf(output: Output): LineSink {
  return output.isTerminal ? createTerminalLines(output) : createRawLines(output);
}

/** A name in the DNS has 253 characters at most (RFC 1035 section 2.3.4). */
const HOST_LIMIT = 255;
