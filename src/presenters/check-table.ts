import { safeLine } from '../base/safe-text.ts';
import type { ChildView } from '../model/job.ts';
import type { Json } from '../model/json.ts';
import { outcomeReason } from '../results/message.ts';
import type { JsonObject } from './json-forms.ts';
import { isObject } from './structured.ts';
import { duration } from './style.ts';
import type { Column } from './table.ts';

/** What a check reports: `Host Online`, how far it came, how long each step took (the mean of the probes), and why not. */
export function checkColumns(): readonly Column<ChildView>[] {
  return [
    { title: 'Host', value: (child) => safeLine(child.host, 255) },
    { title: 'Online', value: (child) => (checkOf(child)['online'] === true ? 'yes' : 'no') },
    { title: 'Reached', value: (child) => textOf(checkOf(child)['reached']) },
    { title: 'Resolve', value: (child) => step(child, 'resolveMs'), align: 'right' },
    { title: 'TCP', value: (child) => step(child, 'tcpMs'), align: 'right' },
    { title: 'SSH', value: (child) => step(child, 'sshMs'), align: 'right' },
    { title: 'Auth', value: (child) => step(child, 'authMs'), align: 'right' },
    { title: 'Reason', value: reasonOf },
  ];
}

function reasonOf(child: ChildView): string {
  const probes = probesOf(child);
  const failed = probes.filter((probe) => isObject(probe['failure'])).length;
  const reason = outcomeReason(child) ?? '';
  return failed > 0 && probes.length > 1
    ? `${failed} of ${probes.length} probes failed: ${reason}`
    : reason;
}

function step(child: ChildView, name: string): string {
  const times = probesOf(child)
    .map((probe) => probe[name])
    .filter((time) => typeof time === 'number');
  if (times.length === 0) return '';
  return duration(times.reduce((sum, time) => sum + time, 0) / times.length);
}

/** What a child reports is typed as any JSON: read here as a check reports it, and as nothing where it is not so. */
function checkOf(child: ChildView): JsonObject {
  const check = child.data['check'];
  return isObject(check) ? check : {};
}

function probesOf(child: ChildView): readonly JsonObject[] {
  const probes = checkOf(child)['probes'];
  return Array.isArray(probes) ? probes.filter(isObject) : [];
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? safeLine(value) : '';
}
