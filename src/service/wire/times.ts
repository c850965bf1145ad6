import { isoTime } from '../../base/clock.ts';
import type { StateEvent } from '../../model/event.ts';
import type { ChildView, JobSummary, JobView } from '../../model/job.ts';
import type { Found } from '../../model/query.ts';

/**
 * Jobs and events as JSON has them: wall times are ISO 8601, UTC, with milliseconds, as everywhere in our JSON. Here they
 * are made of the model's milliseconds, and those of them again. Two fields of each, named one by one: a list may have ten
 * thousand jobs, and a function that JSON calls for every field of them would cost more than all the rest.
 */
type Told<T extends { readonly begin: unknown; readonly end: unknown }> = Omit<
  T,
  'begin' | 'end'
> & {
  readonly begin: string | null;
  readonly end: string | null;
};

export type WireChild = Told<ChildView>;
export type WireSummary = Told<JobSummary>;

export interface WireJob extends Omit<Told<JobView>, 'children'> {
  readonly children: readonly WireChild[];
}

export interface WireFound extends Omit<Found, 'jobs'> {
  readonly jobs: readonly (WireSummary | WireChild)[];
}

export interface WireStateEvent extends Omit<StateEvent, 'time'> {
  readonly time: string;
}

export interface WireEndEvent {
  readonly event: 'end';
  readonly job: WireJob;
}

export function wireJob(job: JobView): WireJob {
  return { ...told(job), children: job.children.map(told) };
}

export function wireFound({ jobs, unmatched }: Found): WireFound {
  return { jobs: jobs.map((job) => (job.parentId === null ? told(job) : told(job))), unmatched };
}

export function wireState(event: StateEvent): WireStateEvent {
  return { ...event, time: isoTime(event.time) };
}

export function jobFrom(job: WireJob): JobView {
  const { begin, end } = job;
  return { ...job, begin: wallMs(begin), end: wallMs(end), children: job.children.map(childFrom) };
}

export function foundFrom({ jobs, unmatched }: WireFound): Found {
  return {
    jobs: jobs.map((job) => (job.parentId === null ? summaryFrom(job) : childFrom(job))),
    unmatched,
  };
}

export function stateFrom(event: WireStateEvent): StateEvent {
  return { ...event, time: Date.parse(event.time) };
}

function told<T extends JobView | JobSummary | ChildView>(job: T): Told<T> {
  return { ...job, begin: textOf(job.begin), end: textOf(job.end) };
}

function summaryFrom(job: WireSummary): JobSummary {
  return { ...job, begin: wallMs(job.begin), end: wallMs(job.end) };
}

function childFrom(job: WireChild): ChildView {
  return { ...job, begin: wallMs(job.begin), end: wallMs(job.end) };
}

function textOf(ms: number | null): string | null {
  return ms === null ? null : isoTime(ms);
}

function wallMs(text: string | null): number | null {
  return text === null ? null : Date.parse(text);
}
