export { Controller, Job, createController } from './library.ts';
export type { ControllerOptions, StartRequest, WiringOptions } from './library.ts';

export { checkSpec, commandSpec } from './work/kinds.ts';
export { expandNodeSet } from './targets/nodeset/expand.ts';
export { foldNodeSet } from './targets/nodeset/fold.ts';

export { userAccess } from './model/access.ts';
export { JOB_DEFAULTS } from './model/defaults.ts';
export { ConfigError } from './model/errors.ts';
export { FailureError } from './model/failure.ts';
export { isFinished, isPersistent } from './model/state.ts';

export type { Access, HostKeyPolicy } from './model/access.ts';
export type { JobDefinition } from './model/definition.ts';
export type { ConfigErrorCode } from './model/errors.ts';
export type { JobEvent } from './model/event.ts';
export type { Failure, FailureCode, Phase } from './model/failure.ts';
export type { ChildView, JobType, JobView } from './model/job.ts';
export type { Json } from './model/json.ts';
export type { Outcome, StopCause, WorkData, WorkEnd } from './model/outcome.ts';
export type { Counts } from './model/parent-state.ts';
export type { JobController, Received, ReceiveOptions } from './model/ports/controller.ts';
export type { Channel, Connection, Probe, Reach } from './model/ports/transport.ts';
export type { WorkContext, WorkKind, WorkSpec } from './model/ports/work.ts';
export type { OutputRecord, StreamName } from './model/record.ts';
export type { JobState } from './model/state.ts';
export type { Target } from './model/target.ts';
