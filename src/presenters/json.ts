import { ByteBuffer } from '../base/byte-buffer.ts';
import type { ChildView, JobView } from '../model/job.ts';
import { STREAM_NAMES, type OutputRecord, type StreamName } from '../model/record.ts';
import { GrowingOutput, SharedChunks } from '../results/shared-chunks.ts';
import { bytesField, jobText, recordsField, writeAll } from './json-text.ts';
import type { Part } from './part.ts';
import type { Output } from './presenter.ts';
import { structuredOf } from './structured.ts';

/** One document after the job: the job object, each child with its `output` and `error`. One line a child. */
export function json(stdout: Output): Part {
  const said = new Said();
  return {
    async record({ jobId, record }) {
      said.add(jobId, record);
    },
    async end({ job }) {
      await writeAll(stdout, said.take(received(job), stdout.isTerminal));
      await stdout.write('\n');
    },
  };
}

/** A document of several jobs. */
export interface JsonArray extends Part {
  /** No more jobs will come. */
  finish(): Promise<void>;
}

/** One document of jobs that come one after another: an array of what `json` gives for each, `hasMoreData` as it is. */
export function jsonArray(stdout: Output): JsonArray {
  const said = new Said();
  let separator = '[';
  return {
    unwritten: () => 'all',
    async record({ jobId, record }) {
      said.add(jobId, record);
    },
    async end({ job }) {
      await stdout.write(`${separator}\n`);
      separator = ',';
      await writeAll(stdout, said.take(job, stdout.isTerminal));
    },
    async finish() {
      await stdout.write(separator === '[' ? '[]\n' : '\n]\n');
    },
  };
}

/** The job as it is once everything was delivered, as it is when its last line is printed. */
export function received(job: JobView): JobView {
  const children = job.children.map((child) => ({ ...child, hasMoreData: false }));
  return { ...job, hasMoreData: false, children };
}

/** What children said, until their job is written. What several have in common is held once. */
class Said {
  readonly #children = new Map<number, Body>();
  readonly #shared = new SharedChunks();

  add(childId: number, record: OutputRecord): void {
    const body: Body = this.#children.get(childId) ?? { streams: new Map() };
    this.#children.set(childId, body);
    const structured = structuredOf(record);
    if (structured === null) {
      bufferOf(body, record.stream, this.#shared).append(record.data);
    } else {
      body.records ??= new ByteBuffer();
      body.records.append(Buffer.from(`${body.records.size === 0 ? '' : ','}${structured.text}`));
    }
  }

  /** The job as text, and its children's output with it, which is forgotten as it is given. */
  *take(job: JobView, terminal: boolean): Iterable<string> {
    const withRecords = job.children.some(
      ({ id }) => this.#children.get(id)?.records !== undefined,
    );
    yield* jobText(job, '\n', terminal, (child) => this.#takeChild(child, withRecords, terminal));
  }

  *#takeChild({ id }: ChildView, withRecords: boolean, terminal: boolean): Iterable<string> {
    const body = this.#children.get(id);
    this.#children.delete(id);
    for (const stream of STREAM_NAMES) {
      const bytes = body?.streams.get(stream);
      const always = stream === 'output' || stream === 'error';
      if (!always && (bytes?.size ?? 0) === 0) continue;
      yield* bytesField(stream, bytes?.pieces() ?? [], terminal);
      bytes?.forget();
    }
    if (withRecords) yield* recordsField(body?.records, terminal);
  }
}

interface Body {
  readonly streams: Map<StreamName, GrowingOutput>;
  /** Structured records, with commas between them. */
  records?: ByteBuffer;
}

function bufferOf({ streams }: Body, stream: StreamName, shared: SharedChunks): GrowingOutput {
  const known = streams.get(stream);
  if (known !== undefined) return known;
  const bytes = new GrowingOutput(shared);
  streams.set(stream, bytes);
  return bytes;
}
