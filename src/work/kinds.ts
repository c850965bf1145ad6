import type { Reach } from '../model/ports/transport.ts';
import { ConfigError } from '../model/errors.ts';
import type { WorkKind, WorkSpec } from '../model/ports/work.ts';
import type { Target } from '../model/target.ts';
import { checkKind, type CheckSpec } from './check.ts';
import { commandKind, type CommandSpec } from './command.ts';
import { hostCleanKind, type HostCleanSpec } from './durable/host-clean.ts';
import { eachLocalKind, type EachLocalSpec } from './each-local.ts';
import { eachKind, type EachSpec } from './each.ts';
import { factsKind, type FactsSpec } from './facts/facts.ts';
import { localKind } from './local/local.ts';
import { localSpec, type LocalOptions } from './local/spec.ts';
import { scriptKind } from './script/script.ts';
import { scriptSpec, type ScriptOptions } from './script/spec.ts';
import { shellLineKind, type ShellLineSpec } from './shell-line/shell-line.ts';
import { settingsOf, type SettingsOptions } from './wrap/settings.ts';
import { threadKind } from './thread/thread.ts';
import { downloadKind } from './transfer/download.ts';
import { parseDownload, parseUpload, type DownloadSpec, type UploadSpec } from './transfer/spec.ts';
import { uploadKind } from './transfer/upload.ts';
import { trustKind, type TrustSpec } from './trust.ts';

export { localSpec, type LocalOptions };
export { scriptSpec, type ScriptOptions };
export {
  threadSpec,
  type ThreadContext,
  type ThreadFunction,
  type ThreadModule,
} from './thread/spec.ts';

/** What every controller can do. */
export const builtInKinds: readonly WorkKind[] = [
  commandKind,
  checkKind,
  localKind,
  threadKind,
  eachKind,
  eachLocalKind,
  shellLineKind,
  scriptKind,
  trustKind,
  uploadKind,
  downloadKind,
  hostCleanKind,
  factsKind,
];

/**
 * The text of the Command column for each target, with its item where there are some. Throws ConfigError where the work is
 * not usable on one.
 */
export function describeWork(
  work: WorkSpec,
  targets: readonly Target[],
  items: readonly string[] | null,
): readonly string[] {
  const kind = builtInKinds.find((one) => one.kind === work.kind);
  if (kind === undefined) throw new ConfigError('usage', `no kind of work named '${work.kind}'`);
  const spec = kind.parse(work);
  kind.fits?.(spec, targets);
  return targets.map((target, at) => kind.describe(spec, items?.[at] ?? null, target));
}

export interface CommandOptions extends SettingsOptions {
  /** Lines like `::warning::text` become records of that stream. Default false. */
  readonly markers?: boolean;
  /** Lines that hold a JSON object become structured records. Default false. */
  readonly records?: boolean;
}

/** The command as the remote shell is to see it. */
export function commandSpec(command: string, options: CommandOptions = {}): CommandSpec {
  const { markers = false, records = false } = options;
  return { kind: 'command', command, markers, records, ...settingsOf(options) };
}

/** A line of an interactive shell; each child's item is the folder that its host is in, empty: where the login puts it. */
export function shellLineSpec(line: string): ShellLineSpec {
  return { kind: 'shell-line', line };
}

/** A command line for each item of the job, as the remote shell is to see it; `{}` stands for the item. */
export function eachSpec(command: string, options: CommandOptions = {}): EachSpec {
  return { kind: 'each', of: commandSpec(command, options) };
}

/** A program of this machine's for each item of the job; `{}` stands for the item. */
export function eachLocalSpec(words: readonly string[], options: LocalOptions): EachLocalSpec {
  return { kind: 'each-local', of: localSpec(words, options) };
}

export interface CheckOptions {
  /** Default 1. */
  readonly count?: number;
  /** Milliseconds from probe to probe. Default 1000. */
  readonly intervalMs?: number;
}

export function checkSpec(until: Reach, options: CheckOptions = {}): CheckSpec {
  return {
    kind: 'check',
    until,
    count: options.count ?? 1,
    intervalMs: options.intervalMs ?? 1000,
  };
}

/** The public keys of every target. */
export function trustSpec(): TrustSpec {
  return { kind: 'trust' };
}

export interface HostCleanOptions {
  /** Minutes, from 0 on: what was written to since stays. Default: 7 days. */
  readonly olderThan?: number;
  /** Only look. Default false. */
  readonly dryRun?: boolean;
}

/** Removes what durable commands that run no more have left on every target. */
export function hostCleanSpec(options: HostCleanOptions = {}): HostCleanSpec {
  const { olderThan = 7 * 24 * 60, dryRun = false } = options;
  return { kind: 'host-clean', olderThan, dryRun };
}

export interface FactsOptions {
  /** Also which packages may be newer. Default false. */
  readonly updates?: boolean;
}

/** What there is to know of every target: see Facts. */
export function factsSpec(options: FactsOptions = {}): FactsSpec {
  return { kind: 'facts', updates: options.updates ?? false };
}

export interface TransferOptions {
  /** Files of the same size and time are compared by their content, too. Default false. */
  readonly checksum?: boolean;
}

/**
 * Files and folders of this machine, by absolute paths, to be put on each host: into `dest` or, where one file is put where
 * no folder is, under that name. `dest` is a template.
 */
export function uploadSpec(
  sources: readonly string[],
  dest: string,
  options: TransferOptions = {},
): UploadSpec {
  return parseUpload({ kind: 'upload', sources, dest, checksum: options.checksum ?? false });
}

/**
 * Files and folders of each host, to be put on this machine: into a folder of the host's own in `dest`, which is an absolute
 * path and a template, or, where it has `{host}`, into what that comes to.
 */
export function downloadSpec(
  sources: readonly string[],
  dest: string,
  options: TransferOptions = {},
): DownloadSpec {
  return parseDownload({ kind: 'download', sources, dest, checksum: options.checksum ?? false });
}
