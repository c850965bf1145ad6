import { bytesText } from '../base/byte-text.ts';
import { safeLine } from '../base/safe-text.ts';
import type { ControllerStatus, ServiceStatus } from '../model/status.ts';
import { JOB_STATES } from '../model/state.ts';
import { duration } from './style.ts';

/** A line for each field, `Key: value`, the values under each other; then a line for each warning. */
export function statusLines(status: ServiceStatus): readonly string[] {
  const fields: readonly (readonly [string, string])[] = [
    ['Instance', status.instance],
    ['Pid', `${status.pid}`],
    ['Version', status.version],
    ['Uptime', duration(status.uptimeMs)],
    ['Socket', status.socket],
    ['Jobs', jobsText(status.jobs)],
    ['Queued', `${status.queued}`],
    ...(status.forgetting === 0
      ? []
      : [['To forget', `durable commands on ${status.forgetting} hosts`] as const]),
    ['Connections', `${status.connections}`],
    ['Results held', heldText(status)],
    ['CPU time', duration(status.cpuMs)],
    ['Memory', bytesText(status.rssBytes)],
    ['Open files', status.openFilesLimit === null ? 'unknown' : `${status.openFilesLimit} at most`],
    ...status.warnings.map((warning): readonly [string, string] => ['Warning', warning]),
  ];
  const width = fields.reduce((most, [key]) => Math.max(most, key.length), 0) + 2;
  return fields.map(
    ([key, value]) => `${key}:`.padEnd(width) + safeLine(value, Number.POSITIVE_INFINITY),
  );
}

function heldText({ bytesHeld, bytesSpilled }: ControllerStatus): string {
  const text = bytesText(bytesHeld);
  return bytesSpilled === 0 ? text : `${text} (${bytesText(bytesSpilled)} of it on the disk)`;
}

/** `3 (2 Completed, 1 Running)`: states that no job is in are left out. */
function jobsText(jobs: ControllerStatus['jobs']): string {
  const states = JOB_STATES.filter((state) => jobs[state] > 0);
  const parts = states.map((state) => `${jobs[state]} ${state}`).join(', ');
  return parts === '' ? `${jobs.total}` : `${jobs.total} (${parts})`;
}
