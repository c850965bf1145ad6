import type { JobHistory } from './job-history.ts';
import type { Violation } from './check.ts';

/** A job keeps its ids, names and hosts, whichever controller has it, and is there until somebody removes it. */
export function checkIdentity(job: JobHistory): readonly Violation[] {
  const { plan, reply, seen, missing } = job;
  const found: Violation[] = [];
  const broken = (text: string, ...lines: readonly number[]): void => {
    found.push({ invariant: 'identity is kept', text: `${plan.token}: ${text}`, lines });
  };
  const [first] = seen;
  const wasThere = first !== undefined || (reply !== null && reply.entry.id !== null);
  if (wasThere) for (const { line } of missing) broken('gone, though nobody removed it', line);
  if (first === undefined) return found;
  const replied = reply?.entry.id ?? null;
  if (replied !== null && replied !== first.entry.id) {
    broken(`replied as ${replied}`, reply?.line ?? 0, first.line);
  }
  const hosts = first.entry.children.map(({ host }) => host);
  if (hosts.join() !== plan.hosts.join()) broken('other hosts than asked for', first.line);
  const inRow = first.entry.children.every(({ id }, index) => id === first.entry.id + index + 1);
  if (!inRow) broken('its children’s ids do not follow its own', first.line);
  const changed = seen.find(({ entry }) => idsOf(entry) !== idsOf(first.entry));
  if (changed !== undefined) broken('other ids than before', first.line, changed.line);
  return found;
}

function idsOf({ id, instanceId, children }: JobHistory['seen'][number]['entry']): string {
  const own = children.map((child) => `${child.id} ${child.instanceId} ${child.host}`);
  return [`${id} ${instanceId}`, ...own].join('\n');
}
