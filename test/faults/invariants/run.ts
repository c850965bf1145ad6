import type { JobState } from '../../../src/model/state.ts';
import { endOf, eventsOf, type EventJson } from '../../helpers/events.ts';
import { jobJson, type ChildJson, type JobJson } from '../../helpers/job-json.ts';
import type { MusterResult } from '../../helpers/run-muster.ts';
import { checkDelivered, checkEnd, exitOfEnd } from './job-end.ts';
import { unsafeIn, unsafeOnTerminal } from './safe.ts';
import { checkStates, type StateSeen } from './states.ts';
import { violation, type Violation } from './violation.ts';

/** One run of the command, as a test made it. */
export interface RunSeen {
  readonly args: readonly string[];
  readonly isOnTerminal: boolean;
  /** Its stdout was not closed before its end. */
  readonly isHeard: boolean;
  readonly result: MusterResult;
  /** What it left where it was at home. */
  readonly left: readonly string[];
  /** Lines that nobody is to see: of the key that it logs in with. */
  readonly secrets: readonly string[];
}

/** Whatever the fault was, this holds for each run of the command that came to its end. */
export function checkRun(run: RunSeen): readonly Violation[] {
  const { args, isHeard, result, secrets, left } = run;
  const found: Violation[] = [];
  const said = `${result.text}${result.errorText}`;
  if (secrets.some((secret) => said.includes(secret)))
    found.push(violation('no secret leaves', `a line of a private key: ${args.join(' ')}`));
  for (const name of left) found.push(violation('nothing is left', `${name}: ${args.join(' ')}`));
  const unsafe = unsafeOf(run);
  if (unsafe !== null)
    found.push(
      violation('nothing that a terminal obeys', `${JSON.stringify(unsafe)}: ${args.join(' ')}`),
    );
  // Killed from outside, which is a fault of its own: what it had said is checked by its test.
  if (result.signal !== null || result.code === 2 || !isHeard) return found;
  switch (formOf(args)) {
    case 'jsonl':
      return [...found, ...checkEvents(run)];
    case 'json':
      return [...found, ...checkDocument(run)];
    case null:
      return found;
  }
}

/** In another form than these, and where nobody is to see it, its hosts' bytes come to stderr as they are. */
function unsafeOf({ args, isOnTerminal, result }: RunSeen): string | null {
  if (isOnTerminal) return unsafeOnTerminal(result.text);
  return formOf(args) === null ? null : unsafeIn(result.errorText);
}

function checkEvents({ args, result }: RunSeen): readonly Violation[] {
  const events = eventsOf(result);
  const ends = events.filter(({ event }) => event === 'end');
  if (ends.length !== 1 || events.at(-1)?.event !== 'end')
    return [
      violation('wait returns when the parent is final', `${ends.length} ends: ${args.join(' ')}`),
    ];
  const job = jobJson(ends[0]?.job);
  const children = job.children.map(({ id }) => id);
  const changes = events.filter(isState);
  const found = [
    ...checkStates({ changes, children, fanout: fanoutOf(args), isWhole: true }),
    ...checkEnd(job),
    ...checkExit(args, result, job),
    ...job.children.flatMap((child) => checkRecords(child, events)),
  ];
  const last = changes.findLast(({ parentId }) => parentId === null)?.to;
  if (last !== job.state)
    found.push(violation('wait returns when the parent is final', `${last}, then ${job.state}`));
  return found;
}

function checkRecords(child: ChildJson, events: readonly EventJson[]): readonly Violation[] {
  const delivered = { output: 0, error: 0 };
  let seen = 0;
  for (const { event, jobId, seq = 0, stream, data = '', dataBase64 } of events) {
    if (event !== 'record' || jobId !== child.id) continue;
    if (seq !== seen + 1)
      return [violation('events have no gap and no repeat', `${child.host}: ${seq} after ${seen}`)];
    seen = seq;
    const bytes = dataBase64 === undefined ? Buffer.from(data) : Buffer.from(dataBase64, 'base64');
    if (stream === 'output' || stream === 'error') delivered[stream] += bytes.length;
  }
  return checkDelivered(child, delivered);
}

function checkDocument({ args, result }: RunSeen): readonly Violation[] {
  const job = result.job();
  const found = [...checkEnd(job), ...checkExit(args, result, job)];
  for (const child of job.children) {
    if (child.hasMoreData)
      found.push(violation('what was delivered is what was counted', `${child.host} has more`));
    // Where it goes into files, it is not here.
    if (args.some((word) => word.startsWith('--output-dir'))) continue;
    const { output = '', error = '', outputBase64, errorBase64 } = child;
    const delivered = { output: sizeOf(output, outputBase64), error: sizeOf(error, errorBase64) };
    found.push(...checkDelivered(child, delivered));
  }
  return found;
}

function sizeOf(text: string, base64: string | undefined): number {
  return base64 === undefined ? Buffer.byteLength(text) : Buffer.from(base64, 'base64').length;
}

/** Invariant 8, as far as the command is its own waiter. */
function checkExit(
  args: readonly string[],
  { code }: MusterResult,
  job: JobJson,
): readonly Violation[] {
  // The largest code of a host instead; and who interrupts it is told so.
  if (args.includes('-S') || code === 130 || code === 129 || code === 143) return [];
  const expected = exitOfEnd(job);
  if (code === expected) return [];
  const text = `exit ${code} instead of ${expected}: ${args.join(' ')}`;
  return [violation('wait returns when the parent is final', text)];
}

function isState(event: EventJson): event is EventJson & StateSeen {
  return event.event === 'state' && event.jobId !== undefined && isJobState(event.to);
}

function isJobState(text: string | undefined): text is JobState {
  return text !== undefined;
}

/** The last one of its options counts. */
function valueOf(args: readonly string[], letter: string, name: string): string | null {
  const end = args.indexOf('--');
  const words = end === -1 ? args : args.slice(0, end);
  let value: string | null = null;
  for (const [at, word] of words.entries()) {
    if (word === letter || word === name) value = words[at + 1] ?? null;
    else if (word.startsWith(`${name}=`)) value = word.slice(name.length + 1);
  }
  return value;
}

export function formOf(args: readonly string[]): 'json' | 'jsonl' | null {
  const value = valueOf(args, '-O', '--output');
  // Other verbs have documents of their own.
  const isRun = args[0] === 'run' || args[0] === 'script';
  return isRun && (value === 'json' || value === 'jsonl') ? value : null;
}

/** The job that a run in one of these forms has ended with. */
export function jobOf({ args, result }: RunSeen): JobJson {
  return formOf(args) === 'json' ? result.job() : endOf(result);
}

function fanoutOf(args: readonly string[]): number {
  return Number(valueOf(args, '-f', '--fanout') ?? DEFAULT_FANOUT);
}

const DEFAULT_FANOUT = 64;
