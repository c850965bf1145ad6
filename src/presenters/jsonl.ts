import { isUtf8 } from 'node:buffer';
import { isoTime } from '../base/clock.ts';
import { jobText, jsonFor, jsonText, writeAll } from './json-text.ts';
import { received } from './json.ts';
import type { Part } from './part.ts';
import type { Output } from './presenter.ts';
import { structuredOf } from './structured.ts';

/**
 * Events as they happen, one JSON object a line. A record is bytes as they came: one that is not valid UTF-8 by itself,
 * as where a character was split between two packets, has `dataBase64`. A structured one has its object as `value` too.
 * `delivered`: all there is has come with the events, so that at the end nothing is left to receive.
 */
export function jsonLines(stdout: Output, delivered: boolean): Part {
  const terminal = stdout.isTerminal;
  return {
    async state({ event, jobId, parentId, host, from, to, time }) {
      const line = { event, jobId, parentId, host, from, to, time: isoTime(time) };
      await stdout.write(`${jsonText(line, terminal)}\n`);
    },
    async record({ event, jobId, parentId, host, record }) {
      const { seq, time, stream, data } = record;
      const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
      const content = isUtf8(bytes)
        ? { data: bytes.toString('utf8') }
        : { dataBase64: bytes.toString('base64') };
      const line = { event, jobId, parentId, host, seq, time: isoTime(time), stream, ...content };
      const structured = structuredOf(record);
      const value = structured === null ? '' : `,"value":${jsonFor(structured.text, terminal)}`;
      await stdout.write(`${jsonText(line, terminal).slice(0, -1)}${value}}\n`);
    },
    async end({ event, job }) {
      await stdout.write(`{"event":${jsonText(event, terminal)},"job":`);
      await writeAll(
        stdout,
        jobText(delivered ? received(job) : job, '', terminal, () => []),
      );
      await stdout.write('}\n');
    },
  };
}
