import type { ChildView, JobView } from '../model/job.ts';

/** What a child is called where it is shown. */
export type LabelOf = (childId: number, host: string) => string;

/** How children are named, one by one and together. */
export interface Names {
  readonly label: LabelOf;
  /** Many names as one, like a folded set of hosts. */
  readonly fold: (names: readonly string[]) => string;
  /** What one of them is. */
  readonly noun: 'host' | 'item';
}

/** By their hosts; or, where several children of a job have one host, by labels of their own, which nothing folds. */
export function namesOf(fold: Names['fold'], labelOf: LabelOf | null): Names {
  return labelOf === null
    ? { label: (_, host) => host, fold, noun: 'host' }
    : { label: labelOf, fold: (labels) => labels.join(','), noun: 'item' };
}

/** The job with each child's name in the place of its host, for what names many children at once. */
export function named(job: JobView, { label, noun }: Names): JobView {
  if (noun === 'host') return job;
  const rename = (child: ChildView): ChildView => ({ ...child, host: label(child.id, child.host) });
  return { ...job, children: job.children.map(rename) };
}
