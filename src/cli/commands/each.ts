import { describeWork, eachLocalSpec, eachSpec } from '../../index.ts';
import type { Access } from '../../model/access.ts';
import { batchSizes } from '../../model/batches.ts';
import type { JobDefinition } from '../../model/definition.ts';
import type { Rollout } from '../../model/rollout.ts';
import type { JobEvent } from '../../model/event.ts';
import type { WorkSpec } from '../../model/ports/work.ts';
import { localTarget, type Target } from '../../model/target.ts';
import type { JobPresenter } from '../../presenters/create.ts';
import { accessFrom, warnOfPolicy } from '../access.ts';
import { asJob, backgroundAccess, inBackground, startedForm } from '../background.ts';
import { becomeFrom } from '../become.ts';
import type { Command, Context } from '../command.ts';
import { dryRun } from '../dry-run.ts';
import { EXIT, INTERRUPTED, exitMax, exitStatus } from '../exit-status.ts';
import { optionForHosts } from '../for-hosts.ts';
import { inForeground } from '../foreground.ts';
import { readItems } from '../items.ts';
import { jobDefinition } from '../job-options.ts';
import { milliseconds } from '../seconds.ts';
import { jobOutput, presenterOf, type JobOutput } from '../job-output.ts';
import { parseCodes } from '../numbers.ts';
import { outputLimit } from '../output-limit.ts';
import type { Parsed } from '../parse.ts';
import { rolloutFrom } from '../rollout.ts';
import { selectFrom } from '../selection.ts';
import { askSecretsBefore, type Secrets } from '../secrets.ts';
import { localOptions, settingsFrom } from '../settings.ts';
import { inSession } from '../session.ts';
import { usageError } from '../usage-error.ts';
import type { Values } from '../values.ts';

/** One child for each item: what it works on, and where. */
interface EachJob {
  readonly words: readonly string[];
  readonly items: readonly string[];
  /** One for each item. */
  readonly targets: readonly Target[];
  readonly local: boolean;
  readonly okCodes: readonly number[];
}

export const eachCommand: Command = {
  help: {
    about: [
      'Runs a command for each line of standard input, --fanout at a time: on this machine,',
      'or, with targets, spread over them in turn. {} stands for the line, which is one word',
      'of the command whatever it holds; without {} it is the last word. Several words are a',
      'program and its arguments, which no shell sees; one word with white space or shell',
      'syntax is a command line for /bin/sh. On targets, words are joined with spaces and',
      "run by the remote user's shell. Empty lines are passed over.",
    ],
    examples: [
      'ls *.log | muster each -f 4 -- gzip -9 {}',
      "find . -name '*.gz' -print0 | muster each -0 -- 'zcat {} | sha256sum > {}.sha'",
      "muster each -w 'build[1-8]' -b -- make -C {} < projects.txt",
    ],
  },
  optionsEnd: 'first-word',
  run: each,
};

async function each(parsed: Parsed, context: Context): Promise<number> {
  const { values, words } = parsed;
  if (words.join(' ').trim() === '') {
    throw usageError(
      words.length === 0 ? 'there is no command to run' : 'the command is empty',
      'the command comes after --, as in: muster each -- gzip {}',
    );
  }
  const form = asJob(values) ? startedForm(values) : null;
  const output = jobOutput(values, context);
  const job = await eachJob(parsed, context);
  if (values.flag('dry-run')) {
    const { items, targets } = job;
    const filled = describeWork(workOf(values, job, context), targets, items);
    const commands = values.flag('template') ? filled : null;
    const become = becomeFrom(values, null);
    const more = { items, commands, become, rollout: rolloutFrom(values) };
    return dryRun(targets, words.join(' '), output, context, more);
  }
  if (job.items.length === 0) {
    context.tell('standard input holds no item: nothing to do');
    return EXIT.completed;
  }
  if (!job.local) warnOfPolicy(values, context);
  if (form === null) return foreground(values, job, output, context);
  const secrets = await askSecretsBefore(values, context);
  const access = backgroundAccess(values, context.environment, secrets);
  const definition = definitionOf(values, job, access, context, secrets);
  return inBackground(definition, form, values, context);
}

/** The targets first, whose mistakes are told before anything is read. */
async function eachJob({ values, words }: Parsed, context: Context): Promise<EachJob> {
  if (values.many('hosts-file').includes('-')) {
    throw usageError('standard input can be read only once', 'the items are read from there');
  }
  rolloutFrom(values);
  becomeFrom(values, null);
  outputLimit(values);
  const okCodes = parseCodes('--ok-codes', values.many('ok-codes'));
  const local = !TARGETS.some((name) => values.given(name));
  if (local) refuseWithoutTargets(values);
  const hosts = local
    ? [localTarget(context.environment.user)]
    : (await selectFrom(values, context)).targets;
  const most = values.number('max-hosts') ?? 0;
  const items = await readItems(context.shell.stdin, { null: values.flag('null'), most });
  const targets = items.flatMap((_, index) => hosts[index % hosts.length] ?? []);
  return { words, items: items.slice(0, targets.length), targets, local, okCodes };
}

function workOf(values: Values, job: EachJob, context: Context): WorkSpec {
  return job.local
    ? eachLocalSpec(job.words, localOptions(values, context))
    : eachSpec(job.words.join(' '), settingsFrom(values, context));
}

function definitionOf(
  values: Values,
  job: EachJob,
  access: Access,
  context: Context,
  { becomePassword }: Secrets,
): JobDefinition {
  return {
    ...jobDefinition(
      workOf(values, job, context),
      job.targets,
      access,
      values,
      context.environment,
    ),
    items: job.items,
    timeoutMs: milliseconds(values.number('timeout')),
    maxOutput: outputLimit(values),
    okCodes: job.okCodes,
    become: becomeFrom(values, becomePassword),
  };
}

function foreground(
  values: Values,
  job: EachJob,
  output: JobOutput,
  context: Context,
): Promise<number> {
  return inSession(values, context, async (session) => {
    const access = accessFrom(values, context.environment, session);
    const definition = definitionOf(values, job, access, context, session.secrets);
    const presenter = await labelled(job.items, output, context, definition.rollout);
    const end = await inForeground(session, definition, presenter, context);
    const signal = session.interruption.first;
    if (end === null) return INTERRUPTED[signal ?? 'SIGINT'];
    const status = values.flag('exit-max') ? exitMax(end.job, signal) : exitStatus(end.job, signal);
    return status === EXIT.completed && end.outputLost ? EXIT.failed : status;
  });
}

/** Children are called by their items. Their ids follow their parent's, which is told by the first event. */
async function labelled(
  items: readonly string[],
  output: JobOutput,
  context: Context,
  rollout: Rollout,
): Promise<JobPresenter> {
  let parent = 0;
  const label = (childId: number, host: string): string => items[childId - parent - 1] ?? host;
  const batches = batchSizes(items.length, rollout.batches);
  const presenter = await presenterOf(output, items.length, context, label, batches);
  return {
    ...presenter,
    handle: (event) => {
      parent = parentOf(event);
      return presenter.handle(event);
    },
  };
}

function parentOf(event: JobEvent): number {
  return event.event === 'end' ? event.job.id : (event.parentId ?? event.jobId);
}

function refuseWithoutTargets(values: Values): void {
  const given = optionForHosts(values);
  if (given === undefined) return;
  throw usageError(
    `--${given} is for hosts, and there are no targets`,
    'without -w, -g, -a or --hosts-file the command runs on this machine',
  );
}

const TARGETS: readonly string[] = [
  'hosts',
  'group',
  'all',
  'hosts-file',
  'exclude',
  'exclude-group',
];
