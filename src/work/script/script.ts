import { randomUUID } from 'node:crypto';
import type { WorkEnd } from '../../model/outcome.ts';
import type { Connection } from '../../model/ports/transport.ts';
import type { WorkContext, WorkKind } from '../../model/ports/work.ts';
import type { Target } from '../../model/target.ts';
import { forgetDurable } from '../durable/forget-durable.ts';
import { runDurable } from '../durable/run-durable.ts';
import { outputFilter } from '../output/output-filter.ts';
import { hostVariables } from '../wrap/host-variables.ts';
import { commandProgram } from '../wrap/program.ts';
import { runWrapped } from '../wrap/run-wrapped.ts';
import { filledSettings } from '../wrap/settings.ts';
import { fillText } from '../wrap/template.ts';
import { asFile, folderName, overStdin, removalLine, wantsName, type Call } from './delivery.ts';
import { runBehind } from './leftovers.ts';
import { parseScript, scriptOf, type ScriptSpec } from './spec.ts';

/** A local script, sent and run. What it is shown as: the file and its arguments. */
export const scriptKind: WorkKind<ScriptSpec> = {
  kind: 'script',
  jobType: 'RemoteJob',
  parse: parseScript,
  fits: (spec, targets) => {
    if (spec.template === true) for (const target of targets) filled(spec, target);
  },
  describe: (spec, _, target) => {
    const { args } = target === undefined ? spec : filled(spec, target);
    return [spec.file, ...args].join(' ');
  },
  canBeDurable: (spec) => spec.tty === undefined,
  run,
  forget: (_, context) => forgetDurable(context),
};

async function run(spec: ScriptSpec, context: WorkContext): Promise<WorkEnd> {
  const { bytes, interpreter } = scriptOf(spec);
  const { args, cwd } = filled(spec, context.target);
  const call: Call = {
    interpreter,
    file: spec.file,
    args,
    bytes: bytes.length,
    id: randomUUID(),
  };
  const { words, run: how } = spec.via === 'stdin' ? overStdin(call) : asFile(call);
  const env = { ...hostVariables(context), ...spec.env };
  const program = commandProgram(words, { cwd, env }, how);
  if (context.durable) return runDurable({ program, bytes }, context, outputFilter(spec, context));
  let connection: Connection | null = null;
  const connect = async (): Promise<Connection> => (connection = await context.connect());
  const filter = outputFilter(spec, context);
  const extras = { tty: spec.tty ?? null };
  const end = await runWrapped({ program, bytes }, { ...context, connect }, filter, extras);
  return spec.via === 'file' ? withoutLeftovers(end, call, connection, context) : end;
}

/** What a template says for one host. Throws ConfigError where that has not what it wants. */
function filled(
  spec: ScriptSpec,
  target: Target,
): { readonly args: readonly string[]; readonly cwd: string | null } {
  const { cwd = null } = { ...spec, ...filledSettings(spec, target) };
  const { args, template } = spec;
  return { cwd, args: template === true ? args.map((arg) => fillText(arg, target)) : args };
}

/** Whoever was to remove the file may have been killed, too. */
async function withoutLeftovers(
  end: WorkEnd,
  call: Call,
  connection: Connection | null,
  context: WorkContext,
): Promise<WorkEnd> {
  const wasKilled = end.kind === 'signal' || (end.kind === 'ended' && end.confirmed);
  if (!wasKilled || connection === null) return end;
  if (await runBehind(removalLine(call), connection, context)) return end;
  // Without a name there is nothing that could have stayed.
  if (!wantsName(call)) return end;
  const left = `the script may be left in /tmp/${folderName(call)}`;
  return { ...end, note: end.note === undefined ? left : `${end.note}; ${left}` };
}
