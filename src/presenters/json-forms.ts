import { isoTime } from '../base/clock.ts';
import type { Failure } from '../model/failure.ts';
import type { ChildView, JobSummary, JobView } from '../model/job.ts';
import type { Json } from '../model/json.ts';

export type JsonObject = { readonly [key: string]: Json };

/** A parent job as JSON, children as objects, without output. */
export function jobToJson(view: JobView): JsonObject {
  return { ...parentFields(view), children: view.children.map(childToJson) };
}

/** A parent job as JSON, children as ids. */
export function summaryToJson(summary: JobSummary): JsonObject {
  return { ...parentFields(summary), children: summary.children };
}

/** All fields of a parent but `children`, which comes last. */
export function parentFields(view: JobView | JobSummary): JsonObject {
  return { ...commonFields(view), counts: { ...view.counts } };
}

/** A child job as JSON, without output. What its work reports comes last and cannot replace a field. */
export function childToJson(view: ChildView): JsonObject {
  const fields: JsonObject = {
    ...commonFields(view),
    counts: null,
    children: null,
    host: view.host,
    exitCode: view.exitCode,
    signal: view.signal,
    failure: view.failure === null ? null : failureToJson(view.failure),
    attempts: view.attempts,
    bytes: { output: view.bytes.output, error: view.bytes.error },
  };
  return { ...fields, ...view.data, ...fields };
}

export function failureToJson(failure: Failure): JsonObject {
  const { phase, code, message, mayHaveRun, via } = failure;
  return { phase, code, message, mayHaveRun, via };
}

function commonFields(view: JobView | JobSummary | ChildView): JsonObject {
  return {
    id: view.id,
    instanceId: view.instanceId,
    parentId: view.parentId,
    name: view.name,
    type: view.type,
    state: view.state,
    hasMoreData: view.hasMoreData,
    location: view.location,
    command: view.command,
    begin: timeOrNull(view.begin),
    end: timeOrNull(view.end),
    durationMs: view.durationMs,
    statusMessage: view.statusMessage,
  };
}

function timeOrNull(wallMs: number | null): string | null {
  return wallMs === null ? null : isoTime(wallMs);
}
