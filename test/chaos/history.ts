import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { JobState } from '../../src/model/state.ts';
import type { StreamName } from '../../src/model/record.ts';
import type { CommandPlan } from './commands.ts';

/** A job as it was asked for. */
export interface JobPlan {
  /** The job's name, and in every line that its commands write. */
  readonly token: string;
  readonly durable: boolean;
  /** A secret goes with it, which no later controller has. */
  readonly isSecret: boolean;
  readonly hosts: readonly string[];
  readonly fanout: number;
  readonly command: CommandPlan;
}

export interface ChildSeen {
  readonly id: number;
  readonly instanceId: string;
  readonly host: string;
  readonly state: JobState;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly failure: FailureSeen | null;
  /** What it says of itself, as of why contact is lost. */
  readonly says: string | null;
}

export interface FailureSeen {
  readonly phase: string;
  readonly code: string;
  readonly message: string;
  readonly mayHaveRun: boolean;
}

/** What happened, as it was seen from outside. */
export type Entry =
  | { readonly what: 'begin'; readonly seed: number; readonly hosts: number }
  | { readonly what: 'asked'; readonly plan: JobPlan }
  /** `id`: what the reply said; null: there was none that said so, and the job may be there or not. */
  | { readonly what: 'replied'; readonly token: string; readonly id: number | null }
  | {
      readonly what: 'seen';
      readonly token: string;
      readonly id: number;
      readonly instanceId: string;
      readonly state: JobState;
      readonly children: readonly ChildSeen[];
    }
  /** The controller says that there is none of that id, though nobody has removed it. */
  | { readonly what: 'missing'; readonly token: string; readonly id: number }
  | { readonly what: 'stop' | 'suspend' | 'resume' | 'remove'; readonly token: string }
  | { readonly what: 'read'; readonly token: string; readonly how: string }
  | {
      readonly what: 'record';
      readonly token: string;
      readonly host: string;
      readonly seq: number;
      readonly stream: StreamName;
      readonly bytes: number;
      readonly digest: string;
    }
  /** One change of state, as one stream of events told it; each stream has a number of its own. */
  | {
      readonly what: 'change';
      readonly stream: number;
      readonly id: number;
      readonly parentId: number | null;
      readonly from: JobState;
      readonly to: JobState;
    }
  /** What came to a terminal: how many of its characters might do something to it, and the first of them. */
  | {
      readonly what: 'shown';
      readonly token: string;
      readonly unsafe: number;
      readonly first: string;
    }
  /** `whole`: all was acknowledged; `early`: all but the last one; `cut`: nobody knows. */
  | {
      readonly what: 'read-end';
      readonly token: string;
      readonly end: 'whole' | 'early' | 'cut';
      /** Of a command: what it exited with, and said. */
      readonly says?: string;
    }
  /** Somebody waited for its end; how the job stood right after that is what was seen last. */
  | { readonly what: 'waited'; readonly token: string; readonly exit: number | null }
  | { readonly what: 'act'; readonly act: string; readonly detail: string }
  /** Hosts with a disk that can be filled; none where this machine mounts nothing. */
  | { readonly what: 'small'; readonly hosts: readonly string[] }
  | { readonly what: 'disk'; readonly is: 'full' }
  | { readonly what: 'controller'; readonly is: 'killed' | 'started'; readonly pid: number | null }
  /** No more faults from here on. */
  | { readonly what: 'calm' }
  /** What the hosts have counted: one `token host` for each beginning of a command. */
  | { readonly what: 'begun'; readonly lines: readonly string[] }
  /** Folders that hosts had not forgotten yet when all was received and the jobs were removed. */
  | { readonly what: 'kept'; readonly folders: readonly string[] }
  | { readonly what: 'left'; readonly where: string; readonly names: readonly string[] };

export type Timed = Entry & { readonly ms: number };

/** All of a run, in order: in a file of JSON lines as it happens, and here for the checker. */
export class History {
  readonly file: string;
  readonly entries: Timed[] = [];
  readonly #descriptor: number;
  #streams = 0;
  readonly #from: number = performance.now();

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.file = join(folder, 'history.jsonl');
    this.#descriptor = openSync(this.file, 'w');
  }

  add(entry: Entry): void {
    const timed = { ms: Math.round(performance.now() - this.#from), ...entry };
    this.entries.push(timed);
    writeSync(this.#descriptor, `${JSON.stringify(timed)}\n`);
  }

  /** For a new stream of events. */
  nextStream(): number {
    this.#streams += 1;
    return this.#streams;
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
