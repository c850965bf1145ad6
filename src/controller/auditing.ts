import type { JobDefinition } from '../model/definition.ts';
import { ConfigError } from '../model/errors.ts';
import type { AuditedJob, AuditLog, AuditTrail } from '../model/ports/audit.ts';
import type { RecoveredJob } from '../model/ports/journal.ts';
import { booksOf } from './child-books.ts';
import type { ChildJob } from './child-job.ts';
import type { ParentJob } from './parent-job.ts';

/**
 * Has a job written down in the audit log that its definition names, before any of its children begins, and each child as
 * it ends. One of an earlier controller is there already, as are those of its children that had ended. Throws ConfigError
 * `audit` where it cannot be written down.
 */
export function auditJob(
  audit: AuditLog | null,
  job: ParentJob,
  children: readonly ChildJob[],
  recovered: RecoveredJob | null,
): void {
  const audited = auditedJob(job);
  if (audited === null) return;
  if (audit === null) throw new ConfigError('audit', 'this controller keeps no audit log');
  if (recovered === null) {
    const trail = audit.begun(audited);
    for (const child of children) follow(child, trail, true);
    return;
  }
  const ended = recovered.children.flatMap((child) => child.ended?.outcome ?? []);
  const open = children.filter((_, index) => (recovered.children[index]?.ended ?? null) === null);
  if (open.length === 0) return;
  const trail = audit.resumed(audited, ended);
  for (const child of open) {
    const { output, error } = child.places ?? NOWHERE;
    follow(child, trail, !child.finished && output + error === 0);
    // Its end is that of its controller, and nobody has written that down yet.
    if (child.finished) child.writeDown();
  }
}

function follow(child: ChildJob, trail: AuditTrail, isWhole: boolean): void {
  const { id, command, target } = child.identity;
  booksOf(child).trail = trail.child(
    { id, instanceId: child.instanceId, command, target },
    isWhole,
  );
}

function auditedJob({ identity, instanceId, definition }: ParentJob): AuditedJob | null {
  const { audit, work, targets, become, durable }: JobDefinition = definition;
  if (audit === null) return null;
  const { id, type, command, rerunOf } = identity;
  return {
    id,
    instanceId,
    type,
    command,
    work,
    targets,
    become: become?.user ?? null,
    durable,
    rerunOf,
    settings: audit,
  };
}

const NOWHERE = { output: 0, error: 0 };
