import { hostname } from 'node:os';
import { isoTime, type Clock } from '../../base/clock.ts';
import { safeLine } from '../../base/safe-text.ts';
import { errorCode } from '../../base/system-error.ts';
import { ConfigError } from '../../model/errors.ts';
import type { Outcome } from '../../model/outcome.ts';
import type {
  AuditedChild,
  AuditedEnd,
  AuditedJob,
  AuditLog,
  AuditTrail,
} from '../../model/ports/audit.ts';
import type { FinishedState } from '../../model/state.ts';
import { appendLines, AuditFileError, type NewLine } from './chain-file.ts';
import { digestOf } from './line.ts';
import { OutputDigest } from './output-digest.ts';

/**
 * Audit logs in files: a `start` line before anything of a job is begun, a `child` line for each of its children as it
 * ends, and an `end` line with the last of them. The first and the last are on the disk before anything goes on. Commands and
 * output are there as digests only.
 */
export function createAuditLog(clock: Clock): AuditLog {
  return {
    begun: (job) => {
      const trail = new Trail(job, job.targets.length, [], clock);
      trail.begin();
      return trail;
    },
    resumed: (job, ended) => new Trail(job, job.targets.length - ended.length, ended, clock),
  };
}

class Trail implements AuditTrail {
  readonly #job: AuditedJob;
  readonly #clock: Clock;
  readonly #counts: Record<FinishedState, number> = { Completed: 0, Failed: 0, Stopped: 0 };
  #open: number;

  constructor(job: AuditedJob, open: number, ended: readonly Outcome[], clock: Clock) {
    this.#job = job;
    this.#clock = clock;
    this.#open = open;
    for (const { state } of ended) this.#counts[state] += 1;
  }

  /** Throws ConfigError. */
  begin(): void {
    const lines = [this.#line('start', startOf(this.#job))];
    if (this.#open === 0) lines.push(this.#end());
    try {
      this.#append(lines, true);
    } catch (error) {
      const { file } = this.#job.settings;
      throw new ConfigError('audit', `the audit log ${file} ${reasonOf(error)}`, {
        cause: error,
        hint: 'nothing was run: it is to be a file of yours that only you can read (0600), in a folder that you can write to',
      });
    }
  }

  child(child: AuditedChild, isWhole: boolean): ReturnType<AuditTrail['child']> {
    const digest = new OutputDigest(isWhole);
    return {
      said: (stream, data) => digest.add(stream, data),
      ended: (end) => this.#ended({ ...childOf(child), ...endOf(end), ...digest.end() }, end),
    };
  }

  #ended(content: object, { outcome }: AuditedEnd): string | null {
    this.#open -= 1;
    this.#counts[outcome.state] += 1;
    const lines = [this.#line('child', content)];
    const isLast = this.#open === 0;
    if (isLast) lines.push(this.#end());
    try {
      this.#append(lines, isLast);
      return null;
    } catch (error) {
      // As its child does, for who started it.
      if (outcome.state === 'Completed') this.#counts.Failed += 1;
      return safeLine(`the audit log ${this.#job.settings.file} ${reasonOf(error)}`);
    }
  }

  #end(): NewLine {
    const { Completed: completed, Failed: failed, Stopped: stopped } = this.#counts;
    const state = failed > 0 ? 'Failed' : stopped > 0 ? 'Stopped' : 'Completed';
    return this.#line('end', { state, counts: { completed, failed, stopped } });
  }

  #line(kind: NewLine['kind'], content: object): NewLine {
    const time = isoTime(this.#clock.now());
    return { kind, content: { time, job: this.#job.instanceId, id: this.#job.id, ...content } };
  }

  #append(lines: readonly NewLine[], sync: boolean): void {
    appendLines(this.#job.settings.file, lines, sync);
  }
}

function startOf(job: AuditedJob): object {
  // The values of variables may be secret, and a short secret can be found by its digest.
  const { env: _, ...work } = job.work;
  return {
    type: job.type,
    who: job.settings.origin,
    machine: hostname(),
    process: process.pid,
    hosts: job.targets.map(({ name }) => name),
    commandDigest: digestOf(job.command),
    workDigest: digestOf(JSON.stringify(work)),
    become: job.become,
    durable: job.durable,
    rerunOf: job.rerunOf,
  };
}

function childOf({ id, instanceId, command, target }: AuditedChild): object {
  const { name, user, address, port } = target;
  return {
    child: instanceId,
    childId: id,
    host: name,
    user,
    address,
    port,
    commandDigest: digestOf(command),
  };
}

function endOf({ outcome, begin, end, attempts, bytes }: AuditedEnd): object {
  const { state, exitCode, signal, failure } = outcome;
  return {
    begin: begin === null ? null : isoTime(begin),
    end: isoTime(end),
    state,
    exitCode,
    signal,
    failure: failure?.code ?? null,
    mayHaveRun: failure?.mayHaveRun ?? null,
    attempts,
    bytes,
  };
}

/** What is wrong with the file, to follow its name. */
function reasonOf(error: unknown): string {
  if (error instanceof AuditFileError) return error.message;
  const code = errorCode(error);
  if (code === 'ELOOP') return 'is a link';
  if (code !== null) return `cannot be written (${code})`;
  return `cannot be written: ${error instanceof Error ? error.message : String(error)}`;
}
