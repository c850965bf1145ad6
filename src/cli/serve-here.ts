import { READY_VARIABLE } from '../service/ready.ts';
import { VERSION } from '../version.ts';
import type { Context } from './command.ts';
import { pathsFrom, settingsFrom } from './service-client.ts';
import type { Values } from './values.ts';

/** Is the controller, in this process, until its end. */
export async function serveHere(values: Values, context: Context): Promise<number> {
  const { serve } = await import('../service/serve.ts');
  const descriptor = context.environment.variables[READY_VARIABLE];
  return serve({
    paths: pathsFrom(values, context.environment),
    settings: settingsFrom(values),
    version: VERSION,
    clock: context.clock,
    signals: context.shell,
    readyDescriptor: descriptor === undefined ? null : Number(descriptor),
    announce: (line) => void context.stdout.write(`${line}\n`),
  });
}
