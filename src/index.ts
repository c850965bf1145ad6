export { Job } from './job.ts';
export { Controller } from './library.ts';
export { createController } from './wiring.ts';
export type { ControllerOptions } from './library.ts';
export type { BecomeSettings, LocalRequest, LocalSettings, StartRequest } from './start-request.ts';
export type { WiringOptions } from './wiring.ts';

export {
  checkSpec,
  commandSpec,
  describeWork,
  shellLineSpec,
  eachLocalSpec,
  eachSpec,
  factsSpec,
  hostCleanSpec,
  localSpec,
  scriptSpec,
  threadSpec,
  trustSpec,
  uploadSpec,
  downloadSpec,
} from './work/kinds.ts';
export type {
  CheckOptions,
  FactsOptions,
  HostCleanOptions,
  CommandOptions,
  LocalOptions,
  ScriptOptions,
  ThreadContext,
  ThreadFunction,
  ThreadModule,
  TransferOptions,
} from './work/kinds.ts';
export type { ThreadSpec } from './work/thread/spec.ts';
export { fillText } from './work/wrap/template.ts';
export { planUpload } from './work/transfer/local-plan.ts';
export { expandNodeSet } from './targets/nodeset/expand.ts';
export { foldNodeSet } from './targets/nodeset/fold.ts';

export { openHostTrust } from './transport/host-keys/host-trust.ts';
export type { HostTrustOptions } from './transport/host-keys/host-trust.ts';

export { verifyAudit } from './results/audit/verify.ts';
export type { AuditFault, AuditVerdict } from './results/audit/verify.ts';

export { userAccess } from './model/access.ts';
export { JOB_DEFAULTS } from './model/defaults.ts';
export { ConfigError } from './model/errors.ts';
export { FailureError } from './model/failure.ts';
export { EVERY_JOB } from './model/query.ts';
export { STREAM_NAMES } from './model/record.ts';
export { NO_ROLLOUT } from './model/rollout.ts';
export { isFinished, isPersistent, JOB_STATES } from './model/state.ts';

export type { AuditOrigin, AuditSettings } from './model/audit.ts';
export type { Access, HostKeyPolicy } from './model/access.ts';
export type { Become, BecomeMethod } from './model/become.ts';
export type { JobDefinition, JobInput } from './model/definition.ts';
export type { ConfigErrorCode } from './model/errors.ts';
export type { EndEvent, JobEvent, RecordEvent, StateEvent } from './model/event.ts';
export type { Address, Amounts, Disk, Facts, PackageManager } from './model/facts.ts';
export type { Failure, FailureCode, Phase } from './model/failure.ts';
export type {
  ApprovedKey,
  HostTrust,
  HostWithKeys,
  JudgedHost,
  JudgedKey,
  WrittenKey,
} from './model/host-trust.ts';
export type { ChildView, JobSummary, JobType, JobView, Progress, Question } from './model/job.ts';
export type { Json } from './model/json.ts';
export type { Outcome, StopCause, WorkData, WorkEnd } from './model/outcome.ts';
export type { Counts } from './model/parent-state.ts';
export type {
  FollowOptions,
  HostedController,
  HostResult,
  JobController,
  Reading,
  Received,
  RemoveOptions,
  RerunRequest,
  StartOptions,
  WaitOptions,
} from './model/ports/controller.ts';
export type {
  Channel,
  Connection,
  OfferedHostKey,
  Probe,
  Reach,
  TtySize,
} from './model/ports/transport.ts';
export type { Suspendable, WorkContext, WorkKind, WorkSpec } from './model/ports/work.ts';
export type { Found, JobQuery, ReceiveOptions } from './model/query.ts';
export type { OutputRecord, StreamName } from './model/record.ts';
export type { Amount, Rollout } from './model/rollout.ts';
export type { JobState } from './model/state.ts';
export type { ControllerStatus } from './model/status.ts';
export type { Target } from './model/target.ts';
