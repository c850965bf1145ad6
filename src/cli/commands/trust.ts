import type { Command, Context } from '../command.ts';
import { EXIT, INTERRUPTED, exitStatus } from '../exit-status.ts';
import { accessFrom, warnOfPolicy } from '../access.ts';
import { approvedKeys, type Approver } from '../trust/approve.ts';
import { conclusion, warnings } from '../trust/report.ts';
import { jobOutput, presenterOptions, type JobOutput } from '../job-output.ts';
import { keyGroups, keyLines } from '../../presenters/trust-table.ts';
import { openHostTrust, trustSpec } from '../../index.ts';
import type { HostTrust, JudgedHost, JudgedKey, WrittenKey } from '../../model/host-trust.ts';
import type { Access } from '../../model/access.ts';
import { JOB_DEFAULTS } from '../../model/defaults.ts';
import type { JobDefinition } from '../../model/definition.ts';
import type { JobView } from '../../model/job.ts';
import type { Parsed } from '../parse.ts';
import type { Session } from '../session.ts';
import type { Target } from '../../model/target.ts';
import type { Values } from '../values.ts';
import { absolutePath } from '../environment.ts';
import { dnsFrom } from '../trust/dns-servers.ts';
import { fetchedKeys } from '../trust/fetched-keys.ts';
import { fetching } from '../../presenters/trust.ts';
import { foldNodeSet } from '../../targets/nodeset/fold.ts';
import { inForeground } from '../foreground.ts';
import { inSession } from '../session.ts';
import { milliseconds } from '../seconds.ts';
import { selectFrom } from '../selection.ts';
import { terminalQuestions } from '../passphrase.ts';
import { trustDocument } from '../../presenters/trust-json.ts';
import { unsettledKeys } from '../trust/settled.ts';
import { refuseCommand, usageError } from '../usage-error.ts';
import { verbosityOf } from '../job-options.ts';

export const trustCommand: Command = {
  help: {
    about: [
      'Fetches the host keys of all targets, shows them beside what known_hosts says of them',
      'and what they should be, and adds those that you approve, in one step. Nobody logs in.',
      'A changed key is only replaced where the name of its host is typed. Exits 0 when every',
      'key is known in the end, 1 when one is not, 4 when a host could not be reached.',
    ],
    examples: [
      "muster trust -w 'web[01-20]'",
      'muster trust -a --check',
      'muster trust -g new --expect keys.txt --yes',
    ],
  },
  optionsEnd: 'dashes',
  run: (parsed, context) => trust(parsed, context),
};

async function trust({ values, words }: Parsed, context: Context): Promise<number> {
  refuseCommand('trust', words);
  if (values.flag('check') && values.flag('yes'))
    throw usageError('--check only compares, and --yes writes');
  const output = jobOutput(values, context);
  const { targets } = await selectFrom(values, context);
  warnOfPolicy(values, context);
  return inSession(values, context, async (session) => {
    const access = accessFrom(values, context.environment, session);
    const trusted = await hostTrust(targets, values, access, context);
    const job = await fetchKeys(session, definitionOf(targets, access, values), output, context);
    const signal = session.interruption.first;
    if (job === null || signal !== null) return INTERRUPTED[signal ?? 'SIGINT'];
    const hosts = await trusted.compare(fetchedKeys(job, targets), session.interruption.signal);
    const written = await decide(hosts, trusted, { session, values, output, context });
    if (output.mode === 'json') {
      const { stdout } = output;
      await stdout.write(trustDocument(job, hosts, written, stdout.isTerminal));
    }
    return conclude(hosts, written, job, { session, values, output, context });
  });
}

interface Surroundings {
  readonly session: Session;
  readonly values: Values;
  readonly output: JobOutput;
  readonly context: Context;
}

function hostTrust(
  targets: readonly Target[],
  values: Values,
  access: Access,
  context: Context,
): Promise<HostTrust> {
  const { environment, clock } = context;
  const expect = values.text('expect');
  return openHostTrust({
    targets,
    access,
    clock,
    expect: expect === null ? null : absolutePath(expect, environment),
    dns: dnsFrom(values),
  });
}

/** null: a signal came first. */
async function fetchKeys(
  session: Session,
  definition: JobDefinition,
  output: JobOutput,
  context: Context,
): Promise<JobView | null> {
  const options = await presenterOptions(output, definition.targets.length, context, null);
  const end = await inForeground(session, definition, fetching(options), context);
  return end?.job ?? null;
}

/** Shows what there is, has it approved, and writes that down. */
async function decide(
  hosts: readonly JudgedHost[],
  trusted: HostTrust,
  { session, values, output, context }: Surroundings,
): Promise<ReadonlyMap<JudgedKey, WrittenKey>> {
  const { home } = context.environment;
  const { stdout, mode } = output;
  if (mode === 'table' && hosts.length > 0) {
    const width = stdout.isTerminal ? stdout.columns : null;
    const lines = keyLines(keyGroups(hosts), foldNodeSet, width);
    await stdout.write(lines.map((line) => `${line}\n`).join(''));
  }
  for (const line of warnings(hosts, home)) context.tell(`warning: ${line}`);
  if (values.flag('check')) return new Map();
  const isYes = values.flag('yes');
  const approver: Approver = { ask: askFor(session, values, output), isYes, stdout, home };
  const written = await trusted.write(await approvedKeys(hosts, approver));
  return new Map(written.map((one) => [one.key, one]));
}

/** The exit status, and the last words. */
function conclude(
  hosts: readonly JudgedHost[],
  written: ReadonlyMap<JudgedKey, WrittenKey>,
  job: JobView,
  { session, values, output, context }: Surroundings,
): number {
  const isCheck = values.flag('check');
  const unsettled = new Map(
    hosts.flatMap((host) => {
      const keys = unsettledKeys(host, written, isCheck);
      return keys.length === 0 ? [] : [[host, keys] as const];
    }),
  );
  if (!output.quiet) {
    const notAsked = isCheck || values.flag('yes') ? null : whyNotAsked(session, values, output);
    const options = { notAsked, home: context.environment.home };
    for (const line of conclusion(hosts, [...written.values()], unsettled, options))
      context.tell(line);
  }
  const signal = session.interruption.first;
  const status = exitStatus(job, signal);
  return signal === null && unsettled.size > 0 ? EXIT.failed : status;
}

/** One document is no conversation, and nothing is written after a comparison. */
function askFor({ interruption }: Session, values: Values, { mode }: JobOutput): Approver['ask'] {
  if (mode === 'json' || values.flag('check')) return null;
  return terminalQuestions(interruption.signal, () => interruption.raise('SIGINT'));
}

function whyNotAsked(session: Session, values: Values, output: JobOutput): string | null {
  if (output.mode === 'json') return '-O json asks nothing';
  return askFor(session, values, output) === null ? 'there is no terminal to ask at' : null;
}

function definitionOf(targets: readonly Target[], access: Access, values: Values): JobDefinition {
  return {
    ...JOB_DEFAULTS,
    // Not one login is tried, so that none can be locked out.
    rollout: { ...JOB_DEFAULTS.rollout, breaker: false },
    work: trustSpec(),
    targets,
    access,
    name: null,
    fanout: values.number('fanout') ?? JOB_DEFAULTS.fanout,
    connectTimeoutMs:
      milliseconds(values.number('connect-timeout')) ?? JOB_DEFAULTS.connectTimeoutMs,
    items: null,
    input: null,
    verbosity: verbosityOf(values),
    keepMs: null,
  };
}
