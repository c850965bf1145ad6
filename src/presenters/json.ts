import { ByteBuffer } from '../base/byte-buffer.ts';
import type { ChildView, JobView } from '../model/job.ts';
import { bytesField, jobText, writeAll } from './json-text.ts';
import type { Part } from './part.ts';
import type { Output } from './presenter.ts';

/** One document after the job: the job object, each child with its `output` and `error`. One line a child. */
export function json(stdout: Output): Part {
  const said = new Map<number, { readonly output: ByteBuffer; readonly error: ByteBuffer }>();
  function* outputOf({ id }: ChildView): Iterable<string> {
    const bytes = said.get(id);
    yield* bytesField('output', bytes?.output, stdout.isTerminal);
    yield* bytesField('error', bytes?.error, stdout.isTerminal);
    said.delete(id);
  }
  return {
    async record({ jobId, record }) {
      if (record.stream !== 'output' && record.stream !== 'error') return;
      const bytes = said.get(jobId) ?? { output: new ByteBuffer(), error: new ByteBuffer() };
      said.set(jobId, bytes);
      bytes[record.stream].append(record.data);
    },
    async end({ job }) {
      await writeAll(stdout, jobText(received(job), '\n', stdout.isTerminal, outputOf));
      await stdout.write('\n');
    },
  };
}

/** The job as it is once everything was delivered, as it is when its last line is printed. */
export function received(job: JobView): JobView {
  const children = job.children.map((child) => ({ ...child, hasMoreData: false }));
  return { ...job, hasMoreData: false, children };
}
