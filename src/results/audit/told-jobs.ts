import type { ChainedLine } from './line.ts';

interface Told {
  readonly line: number;
  readonly children: number;
  ended: number;
}

/** What there is to say of a line: what is wrong with it, or only seems so. */
export interface JobRemark {
  readonly line: number;
  readonly why: string;
  readonly isFault: boolean;
}

/**
 * Whether jobs are told whole. A chain cannot show that its end was cut off, or that another file was put in its place: what
 * is written next goes on from what is there.
 */
export class ToldJobs {
  readonly #open = new Map<string, Told>();
  readonly #ended = new Set<string>();

  /** null: there is nothing to say. */
  add(line: number, { kind, job, hosts }: ChainedLine): JobRemark | null {
    if (job === undefined) return null;
    if (kind === 'start') {
      const children = Array.isArray(hosts) ? hosts.length : 0;
      this.#open.set(job, { line, children, ended: 0 });
      return null;
    }
    const told = this.#open.get(job);
    if (told === undefined) {
      // A controller that was killed may not have known that it had written this.
      if (this.#ended.has(job)) return null;
      return { line, why: 'speaks of a job whose start is gone from before it', isFault: true };
    }
    if (kind === 'child') told.ended += 1;
    return kind === 'end' ? this.#end(line, job, told) : null;
  }

  /** Jobs that go on, as far as is told. */
  get unended(): readonly JobRemark[] {
    const why = 'the job that begins here has not ended, or its end was removed';
    return [...this.#open.values()].map(({ line }) => ({ line, why, isFault: false }));
  }

  #end(line: number, job: string, { children, ended }: Told): JobRemark | null {
    this.#open.delete(job);
    this.#ended.add(job);
    if (ended >= children) return null;
    const missing = children - ended;
    const are = missing === 1 ? 'one child of this job is' : `${missing} children of this job are`;
    return { line, why: `${are} not told of: not written, or removed`, isFault: false };
  }
}
