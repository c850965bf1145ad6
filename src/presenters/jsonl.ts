import { isUtf8 } from 'node:buffer';
import { isoTime } from '../base/clock.ts';
import { jobText, jsonText, writeAll } from './json-text.ts';
import { received } from './json.ts';
import type { Part } from './part.ts';
import type { Output } from './presenter.ts';

/**
 * Events as they happen, one JSON object a line. A record is bytes as they came: one that is not valid UTF-8 by itself,
 * as where a character was split between two packets, has `dataBase64`.
 */
export function jsonLines(stdout: Output): Part {
  const terminal = stdout.isTerminal;
  return {
    async state({ event, jobId, parentId, host, from, to, time }) {
      const line = { event, jobId, parentId, host, from, to, time: isoTime(time) };
      await stdout.write(`${jsonText(line, terminal)}\n`);
    },
    async record({ event, jobId, parentId, host, record: { seq, time, stream, data } }) {
      const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
      const content = isUtf8(bytes)
        ? { data: bytes.toString('utf8') }
        : { dataBase64: bytes.toString('base64') };
      const line = { event, jobId, parentId, host, seq, time: isoTime(time), stream, ...content };
      await stdout.write(`${jsonText(line, terminal)}\n`);
    },
    async end({ event, job }) {
      await stdout.write(`{"event":${jsonText(event, terminal)},"job":`);
      await writeAll(
        stdout,
        jobText(received(job), '', terminal, () => []),
      );
      await stdout.write('}\n');
    },
  };
}
