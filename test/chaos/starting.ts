import { join } from 'node:path';
import { definitionOf } from '../../src/start-request.ts';
import { Secret } from '../../src/base/secret.ts';
import { commandLine, type Blobs, type CommandKind } from './commands.ts';
import type { JobPlan } from './history.ts';
import { LONG_MS, type Rig } from './rig.ts';

/** Starts the job by the command. null: its reply names none. */
export async function startByCommand(rig: Rig, plan: JobPlan): Promise<number | null> {
  const { blobs, begun, fleet, bg } = rig;
  const args = [
    'start',
    ...(plan.durable ? ['--durable'] : []),
    ...fleet.options,
    `--hosts=${plan.hosts.join(',')}`,
    `--fanout=${plan.fanout}`,
    `--name=${plan.token}`,
    ...inputOptions(plan.command.kind, blobs),
    '--output=json',
    '--',
    commandLine(plan.command, plan.token, blobs, begun),
  ];
  const { code, text } = await bg.muster(args, { deadlineMs: LONG_MS });
  const said: unknown = code === 0 ? JSON.parse(text) : null;
  return typeof said === 'object' && said !== null && 'id' in said ? Number(said.id) : null;
}

/** The same by a request of this process, and through the proxies. */
export async function startByClient(rig: Rig, plan: JobPlan): Promise<number | null> {
  const { blobs, begun, fleet, ways } = rig;
  const { kind } = plan.command;
  const request = {
    hosts: plan.hosts.map((host) => ways.target(host)),
    command: commandLine(plan.command, plan.token, blobs, begun),
    name: plan.token,
    fanout: plan.fanout,
    input: kind === 'input' ? ({ kind: 'file', path: join(blobs.folder, 'input') } as const) : null,
  };
  const definition = await definitionOf(
    request,
    fleet.access({
      prompt: 'never',
      ...(plan.isSecret && { password: new Secret(CANARY) }),
    }),
  );
  const job = await rig.ask((client) => client.start({ ...definition, durable: plan.durable }));
  return job?.id ?? null;
}

export function inputOptions(kind: CommandKind, blobs: Blobs): readonly string[] {
  return kind === 'input' ? [`--stdin=${join(blobs.folder, 'input')}`] : [];
}

/** A password of which no host asks; it is to be found nowhere. */
export const CANARY = 'canary-4f1c-nowhere-to-be-found';
