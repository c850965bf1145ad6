import { expect } from 'vitest';
import type { FailureCode, Phase } from '../../src/model/failure.ts';
import { startFleet, type Fleet, type Place } from '../fleet/sshd.ts';
import type { ChildJson, JobJson } from '../helpers/job-json.ts';
import {
  runMuster,
  said,
  startMuster,
  type MusterOptions,
  type MusterProcess,
  type MusterResult,
} from '../helpers/run-muster.ts';

/**
 * The setting of every row of the fault matrix: hosts A and C are real and well, and the fault is B's, which is whatever
 * the test starts at its place.
 */
export interface Abc {
  readonly fleet: Fleet;
  readonly a: string;
  readonly b: Place;
  readonly c: string;
  /** `muster run` on A, B and C, with `-O json`. */
  run(command: string, options?: RunOptions): Promise<Row>;
  /** The same, to be watched and signalled while it runs; `-O jsonl` unless told otherwise. */
  start(command: string, options?: RunOptions): MusterProcess;
  stop(): Promise<void>;
}

export interface RunOptions extends MusterOptions {
  /** `-O`. */
  readonly output?: string;
  /** Further words for the command line, before `--`. */
  readonly flags?: readonly string[];
  /** Instead of the fleet's. */
  readonly knownHosts?: string;
  /** Instead of A, B, C. */
  readonly hosts?: readonly string[];
}

export interface Row {
  readonly result: MusterResult;
  readonly job: JobJson;
  readonly a: ChildJson;
  readonly b: ChildJson;
  readonly c: ChildJson;
}

/** `through`: words before sshd and muster, which put both into another network. */
export async function startAbc(
  options: { readonly through?: readonly string[] } = {},
): Promise<Abc> {
  const { through = [] } = options;
  const fleet = await startFleet({ hosts: 4, through });
  const [a = '', c = ''] = fleet.addresses(2);
  const b = fleet.spare();
  const words = (command: string, options: RunOptions, output: string): string[] => [
    'run',
    `--hosts=${(options.hosts ?? [a, b.address, c]).join(',')}`,
    `--user=${fleet.user}`,
    `--port=${fleet.port}`,
    `--identity=${fleet.userKey}`,
    `--known-hosts=${options.knownHosts ?? fleet.knownHosts}`,
    `--output=${options.output ?? output}`,
    ...(options.flags ?? []),
    '--',
    command,
  ];
  return {
    fleet,
    a,
    b,
    c,
    run: async (command, options = {}) => {
      const result = await runMuster(words(command, options, 'json'), { through, ...options });
      const job = result.job();
      return {
        result,
        job,
        a: childOf(job, a),
        b: childOf(job, b.address),
        c: childOf(job, c),
      };
    },
    start: (command, options = {}) =>
      startMuster(words(command, options, 'jsonl'), { through, ...options }),
    stop: () => fleet.stop(),
  };
}

export function childOf(job: JobJson, host: string): ChildJson {
  const child = job.children.find((one) => one.host === host);
  if (child === undefined) throw new Error(`no child for ${host}`);
  return child;
}

/** One command for all, that does something else on one host: `$SSH_CONNECTION` ends with the address and port it came to. */
export function onlyOn(host: string, there: string, elsewhere = 'echo fine'): string {
  return `case "$SSH_CONNECTION" in *" ${host} "*) ${there};; *) ${elsewhere};; esac`;
}

/** What every row asks for beside its own: the others are untouched, the parent failed, the message is fit to print. */
export function expectOnlyBFailed(
  row: Row,
  wanted: {
    readonly phase: Phase;
    readonly code: FailureCode;
    readonly mayHaveRun: boolean;
    readonly exit: number;
    /** What the message must say. */
    readonly says: readonly RegExp[];
  },
): void {
  const { result, job, b } = row;
  expect(b, said(result)).toMatchObject({
    state: 'Failed',
    failure: {
      phase: wanted.phase,
      code: wanted.code,
      mayHaveRun: wanted.mayHaveRun,
      via: null,
    },
  });
  for (const pattern of wanted.says) expect(b.failure?.message).toMatch(pattern);
  expectSafeLine(b.failure?.message ?? '');
  expectOthersUnaffected(row);
  expect(job.state).toBe('Failed');
  expect(job.counts).toEqual({
    completed: 2,
    failed: 1,
    stopped: 0,
    running: 0,
    queued: 0,
    total: 3,
  });
  expect(result.code, said(result)).toBe(wanted.exit);
  expectSafeText(result.errorText);
}

/** A and C: completed, once, with every byte, and not held up by B. */
export function expectOthersUnaffected(
  { a, c, result }: Row,
  output: string = 'fine\n',
  withinMs: number = UNHINDERED_MS,
): void {
  for (const child of [a, c]) {
    expect(child, said(result)).toMatchObject({
      state: 'Completed',
      exitCode: 0,
      signal: null,
      failure: null,
      attempts: 1,
      output,
      hasMoreData: false,
    });
    expect(child.durationMs).toBeLessThan(withinMs);
  }
}

/** One line of at most 200 characters, without anything that a terminal would obey. */
export function expectSafeLine(message: string): void {
  expect(message).not.toBe('');
  expect(message).not.toContain('\n');
  expect(message.length).toBeLessThanOrEqual(200);
  expectSafeText(message);
}

/** No control byte but newline and tab, and no character that turns or hides text. */
export function expectSafeText(text: string): void {
  expect(text).not.toMatch(
    /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200B-\u200F\u202A-\u202E\u2066-\u2069]/u,
  );
}

/** A login and a command on loopback, on a machine that does other things as well. */
const UNHINDERED_MS = 1_900;
