import type { EndEvent, RecordEvent, StateEvent } from '../../src/model/event.ts';
import type { Failure, FailureCode } from '../../src/model/failure.ts';
import type { ChildView, JobType, JobView } from '../../src/model/job.ts';
import type { StreamName } from '../../src/model/record.ts';
import type { JobState } from '../../src/model/state.ts';
import type { Output } from '../../src/presenters/presenter.ts';
/** 2026-01-02T03:04:05.678Z */
export declare const START: number;
export declare const PARENT = 1;
/** A child of job 1 that completed; `id` 2 unless said otherwise. */
export declare function child(host: string, fields?: Partial<ChildView>): ChildView;
export declare function failure(code: FailureCode, message: string, fields?: Partial<Failure>): Failure;
/** A child that failed. */
export declare function failed(host: string, code: FailureCode, message: string, fields?: Partial<ChildView>): ChildView;
/** Job 1 with these children, whose ids are made 2, 3, ... in order. */
export declare function job(children: readonly ChildView[], type?: JobType): JobView;
export declare function end(view: JobView): EndEvent;
/** A record of the host whose child has this id. */
export declare function record(jobId: number, host: string, data: string | Uint8Array, stream?: StreamName, seq?: number): RecordEvent;
export declare function state(jobId: number, host: string | null, to: JobState, from?: JobState): StateEvent;
export interface MemoryOutput extends Output {
    /** What was written, as bytes. */
    bytes(): Buffer;
    /** What was written, as text. */
    text(): string;
    /** Each write by itself. */
    readonly writes: readonly (string | Uint8Array)[];
}
export declare function memory(kind?: {
    readonly terminal?: boolean;
    readonly colour?: boolean;
    readonly columns?: number;
}): MemoryOutput;
/** Folds `web1, web2, web3` to `web[1-3]`: names with one prefix and consecutive numbers; anything else by commas. */
export declare function fold(names: readonly string[]): string;
