import type { ChildSeen, Entry, JobPlan, Timed } from '../history.ts';

type OfKind<What extends Entry['what']> = Extract<Timed, { readonly what: What }>;

/** An entry and its place in the history. */
export interface At<What extends Entry['what']> {
  readonly line: number;
  readonly entry: OfKind<What>;
}

/** What the one before has said may be heard until the next one is there. */
export interface Kill {
  readonly from: number;
  readonly to: number;
}

/** What a history says of one job. */
export interface JobHistory {
  readonly plan: JobPlan;
  /** What it was answered when it was asked for; null: it never was. */
  readonly reply: At<'replied'> | null;
  readonly seen: readonly At<'seen'>[];
  readonly missing: readonly At<'missing'>[];
  readonly reads: readonly (At<'read'> | At<'record'> | At<'read-end'>)[];
  readonly waits: readonly At<'waited'>[];
  /** Where it was asked to stop. */
  readonly stops: readonly number[];
  /** Where controllers were killed after the job was asked for, each with the place where the next one was there for sure. */
  readonly kills: readonly Kill[];
}

export function jobsOf(history: readonly Timed[]): readonly JobHistory[] {
  const isController = (entry: Timed, is: string): boolean =>
    entry.what === 'controller' && entry.is === is;
  const started = history.flatMap((entry, line) => (isController(entry, 'started') ? [line] : []));
  const kills = history.flatMap((entry, from) =>
    isController(entry, 'killed')
      ? [{ from, to: started.find((line) => line > from) ?? history.length }]
      : [],
  );
  const ofToken = new Map<string, At<Entry['what']>[]>();
  for (const [line, entry] of history.entries()) {
    if (entry.what === 'asked') ofToken.set(entry.plan.token, []);
    else if ('token' in entry) ofToken.get(entry.token)?.push({ line, entry });
  }
  return history.flatMap((entry, line) =>
    entry.what === 'asked'
      ? [jobOf(entry.plan, ofToken.get(entry.plan.token) ?? [], kills, line)]
      : [],
  );
}

/** A child at the times when it was seen. */
export function sightings(
  job: JobHistory,
): ReadonlyMap<string, readonly { readonly line: number; readonly child: ChildSeen }[]> {
  const found = new Map<string, { line: number; child: ChildSeen }[]>();
  for (const { line, entry } of job.seen) {
    for (const child of entry.children) {
      const known = found.get(child.host) ?? [];
      known.push({ line, child });
      found.set(child.host, known);
    }
  }
  return found;
}

function jobOf(
  plan: JobPlan,
  told: readonly At<Entry['what']>[],
  kills: readonly Kill[],
  from: number,
): JobHistory {
  const reads: (At<'read'> | At<'record'> | At<'read-end'>)[] = [];
  const seen: At<'seen'>[] = [];
  const missing: At<'missing'>[] = [];
  const waits: At<'waited'>[] = [];
  const stops: number[] = [];
  let reply: At<'replied'> | null = null;
  for (const { line, entry } of told) {
    if (entry.what === 'replied') reply = { line, entry };
    else if (entry.what === 'seen') seen.push({ line, entry });
    else if (entry.what === 'missing') missing.push({ line, entry });
    else if (entry.what === 'waited') waits.push({ line, entry });
    else if (entry.what === 'stop') stops.push(line);
    else if (entry.what === 'read') reads.push({ line, entry });
    else if (entry.what === 'record') reads.push({ line, entry });
    else if (entry.what === 'read-end') reads.push({ line, entry });
  }
  const ownKills = kills.filter(({ to }) => to > from);
  return { plan, reply, seen, missing, reads, waits, stops, kills: ownKills };
}
