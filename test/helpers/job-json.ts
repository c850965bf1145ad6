import type { FailureCode, Phase } from '../../src/model/failure.ts';
import type { JobState } from '../../src/model/state.ts';

/** What `muster run -O json` prints, as the contract has it; written down here again so that a slip in src shows. */
export interface JobJson extends CommonJson {
  readonly parentId: null;
  readonly type: string;
  readonly counts: {
    readonly completed: number;
    readonly failed: number;
    readonly stopped: number;
    readonly running: number;
    readonly queued: number;
    readonly total: number;
  };
  readonly children: readonly ChildJson[];
}

export interface ChildJson extends CommonJson {
  readonly parentId: number;
  readonly type: '';
  readonly host: string;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly failure: FailureJson | null;
  readonly attempts: number;
  readonly bytes: { readonly output: number; readonly error: number };
  readonly output?: string;
  readonly outputBase64?: string;
  readonly error?: string;
  readonly errorBase64?: string;
}

export interface FailureJson {
  readonly phase: Phase;
  readonly code: FailureCode;
  readonly message: string;
  readonly mayHaveRun: boolean;
  readonly via: string | null;
}

interface CommonJson {
  readonly id: number;
  readonly instanceId: string;
  readonly name: string;
  readonly state: JobState;
  readonly hasMoreData: boolean;
  readonly location: string;
  readonly command: string;
  readonly begin: string | null;
  readonly end: string | null;
  readonly durationMs: number | null;
  readonly statusMessage: string | null;
}

/** The parsed document, where it has every field that a job and its children always have. Throws where it has not. */
export function jobJson(value: unknown): JobJson {
  if (isJob(value)) return value;
  throw new Error('this is not a job with every field');
}

function isJob(value: unknown): value is JobJson {
  return (
    hasFields(value, [...COMMON, 'counts']) &&
    'children' in value &&
    Array.isArray(value.children) &&
    value.children.every((child) => hasFields(child, [...COMMON, ...OF_A_CHILD]))
  );
}

function hasFields(value: unknown, names: readonly string[]): value is object {
  return typeof value === 'object' && value !== null && names.every((name) => name in value);
}

const COMMON = [
  'id',
  'instanceId',
  'parentId',
  'name',
  'type',
  'state',
  'hasMoreData',
  'location',
  'command',
  'begin',
  'end',
  'durationMs',
  'statusMessage',
];
const OF_A_CHILD = ['host', 'exitCode', 'signal', 'failure', 'attempts', 'bytes'];
