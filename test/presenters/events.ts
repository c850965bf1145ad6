import type { EndEvent, RecordEvent, StateEvent } from '../../src/model/event.ts';
import type { Failure, FailureCode } from '../../src/model/failure.ts';
import { FAILURE_PHASES } from '../../src/model/failure.ts';
import type { Json } from '../../src/model/json.ts';
import type { ChildView, JobType, JobView } from '../../src/model/job.ts';
import { countsOf, parentState, tally } from '../../src/model/parent-state.ts';
import type { StreamName } from '../../src/model/record.ts';
import type { JobState } from '../../src/model/state.ts';
import type { Output } from '../../src/presenters/presenter.ts';

/** 2026-01-02T03:04:05.678Z */
export const START: number = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
export const PARENT = 1;

/** A child of job 1 that completed; `id` 2 unless said otherwise. */
export function child(host: string, fields: Partial<ChildView> = {}): ChildView {
  return {
    id: 2,
    instanceId: '00000000-0000-4000-8000-000000000002',
    parentId: PARENT,
    name: `Job${fields.id ?? 2}`,
    type: '',
    state: 'Completed',
    hasMoreData: true,
    location: host,
    command: 'uptime',
    begin: START,
    end: START + 100,
    durationMs: 100,
    statusMessage: null,
    progress: null,
    host,
    item: null,
    question: null,
    exitCode: 0,
    signal: null,
    failure: null,
    attempts: 1,
    bytes: { output: 0, error: 0 },
    endConfirmed: null,
    data: {},
    ...fields,
  };
}

export function failure(
  code: FailureCode,
  message: string,
  fields: Partial<Failure> = {},
): Failure {
  return { phase: FAILURE_PHASES[code], code, message, mayHaveRun: false, via: null, ...fields };
}

/** A child that failed. */
export function failed(
  host: string,
  code: FailureCode,
  message: string,
  fields: Partial<ChildView> = {},
): ChildView {
  return child(host, {
    state: 'Failed',
    exitCode: null,
    failure: failure(code, message),
    ...fields,
  });
}

/** Job 1 with these children, whose ids are made 2, 3, ... in order. */
export function job(children: readonly ChildView[], type: JobType = 'RemoteJob'): JobView {
  const numbered = children.map((view, index) => Object.assign({ ...view }, { id: index + 2 }));
  const states = tally(numbered.map((view) => view.state));
  return {
    id: PARENT,
    instanceId: '00000000-0000-4000-8000-000000000001',
    parentId: null,
    name: 'Job1',
    type,
    state: parentState(states, false),
    hasMoreData: true,
    location: numbered.map((view) => view.host).join(','),
    command: 'uptime',
    begin: START,
    end: START + 400,
    durationMs: 400,
    statusMessage: null,
    progress: null,
    rerunOf: null,
    counts: countsOf(states),
    children: numbered,
  };
}

export function end(view: JobView): EndEvent {
  return { event: 'end', job: view };
}

/** A record of the host whose child has this id. */
export function record(
  jobId: number,
  host: string,
  data: string | Uint8Array,
  stream: StreamName = 'output',
  seq = 1,
): RecordEvent {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  return {
    event: 'record',
    jobId,
    parentId: PARENT,
    host,
    record: { seq, time: START, stream, data: bytes },
  };
}

/** A structured record: this object on one line. */
export function structured(jobId: number, host: string, value: Json | string): RecordEvent {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const event = record(jobId, host, `${text}\n`);
  return { ...event, record: { ...event.record, structured: true } };
}

export function state(
  jobId: number,
  host: string | null,
  to: JobState,
  from: JobState = 'Running',
  failure: Failure | null = null,
): StateEvent {
  return {
    event: 'state',
    jobId,
    parentId: host === null ? null : PARENT,
    host,
    from,
    to,
    time: START,
    failure,
  };
}

/** The host's child failed. */
export function failing(jobId: number, host: string, why: Failure): StateEvent {
  return state(jobId, host, 'Failed', 'Running', why);
}

export interface MemoryOutput extends Output {
  /** What was written, as bytes. */
  bytes(): Buffer;
  /** What was written, as text. */
  text(): string;
  /** Each write by itself. */
  readonly writes: readonly (string | Uint8Array)[];
}

export function memory(
  kind: { readonly terminal?: boolean; readonly colour?: boolean; readonly columns?: number } = {},
): MemoryOutput {
  const writes: (string | Uint8Array)[] = [];
  const bytes = (): Buffer => Buffer.concat(writes.map((chunk) => Buffer.from(chunk)));
  return {
    write(chunk) {
      writes.push(chunk);
      return Promise.resolve();
    },
    isTerminal: kind.terminal ?? false,
    columns: kind.columns ?? 80,
    colour: kind.colour ?? false,
    bytes,
    text: () => bytes().toString('utf8'),
    writes,
  };
}

/** Folds `web1, web2, web3` to `web[1-3]`: names with one prefix and consecutive numbers; anything else by commas. */
export function fold(names: readonly string[]): string {
  const parts = names.map((name) => /^(?<prefix>.*?)(?<digits>\d+)$/u.exec(name)?.groups ?? {});
  const [first] = parts;
  const last = parts.at(-1);
  const prefix = first?.['prefix'];
  const alike =
    names.length > 1 &&
    parts.every((part, index) => {
      const number = Number(first?.['digits']) + index;
      return part['prefix'] === prefix && Number(part['digits']) === number;
    });
  return alike ? `${prefix}[${first?.['digits']}-${last?.['digits']}]` : names.join(',');
}
