import { existsSync } from 'node:fs';
import { ConfigError } from '../model/errors.ts';
import type { JobController } from '../model/ports/controller.ts';
import { servicePaths } from '../service/paths.ts';
import {
  SERVICE_DEFAULTS,
  type RemoteController,
  type ServicePaths,
  type ServiceSettings,
} from '../service/service.ts';
import { VERSION } from '../version.ts';
import type { Context } from './command.ts';
import type { Environment } from './environment.ts';
import { memoryFrom } from './memory.ts';
import { milliseconds } from './seconds.ts';
import { parseNumber } from './numbers.ts';
import type { NumberSpec } from './options/spec.ts';
import { usageError } from './usage-error.ts';
import type { Values } from './values.ts';

/**
 * The controller in the background, where one runs; null: none does, which costs nothing to find out. `anyVersion`: also
 * one of another version, which can be asked how it is, and to end, and nothing else.
 */
export async function runningController(
  values: Values,
  context: Context,
  anyVersion = false,
): Promise<RemoteController | null> {
  const paths = pathsFrom(values, context.environment);
  if (!existsSync(paths.socket)) return null;
  const { connect } = await import('../service/client/connect.ts');
  return connect(paths, VERSION, { anyVersion });
}

/** The same, started where none runs. */
export async function backgroundController(
  values: Values,
  context: Context,
): Promise<RemoteController> {
  const { ensureController } = await import('../service/launch.ts');
  return ensureController({
    paths: pathsFrom(values, context.environment),
    program: programOf(context),
    variables: context.environment.variables,
    settings: settingsFrom(values),
    version: VERSION,
    clock: context.clock,
  });
}

/** Lends the controller in the background, started where none runs, and lets go of it. */
export async function withController(
  values: Values,
  context: Context,
  task: (controller: JobController) => Promise<number>,
): Promise<number> {
  const controller = await backgroundController(values, context);
  try {
    return await task(controller);
  } finally {
    await controller.dispose();
  }
}

/** Where the path would be too long for a socket, no controller can run, and nobody needs to be told. */
export function canHaveController(values: Values, environment: Environment): boolean {
  try {
    pathsFrom(values, environment);
    return true;
  } catch (error) {
    if (error instanceof ConfigError && error.code === 'service') return false;
    throw error;
  }
}

export function pathsFrom(values: Values, environment: Environment): ServicePaths {
  const { runtimeDir, stateDir } = environment;
  const instance = values.text('instance') ?? 'default';
  return servicePaths({ xdgRuntimeDir: runtimeDir, stateDir, instance });
}

/** How a controller is set up that is started now. */
export function settingsFrom(values: Values): ServiceSettings {
  const given = (name: string): number | null =>
    values.has(name) ? milliseconds(values.number(name)) : null;
  return {
    keepMs: given('persist') ?? SERVICE_DEFAULTS.keepMs,
    pool: values.has('pool') ? poolFrom(values.text('pool')) : SERVICE_DEFAULTS.pool,
    idleMs: given('idle') ?? SERVICE_DEFAULTS.idleMs,
    memoryBytes: memoryFrom(values),
  };
}

/** `MIN,MAX`. */
function poolFrom(text: string | null): ServiceSettings['pool'] {
  if (text === null) return SERVICE_DEFAULTS.pool;
  const [least = '', most = '', ...more] = text.split(',');
  const min = parseNumber('--pool', least.trim(), CONNECTIONS);
  const max = parseNumber('--pool', most.trim(), CONNECTIONS);
  if (more.length === 0 && min <= max && max > 0) return { min, max };
  throw usageError(`--pool: "${text}" is not MIN,MAX`, 'two numbers, as in --pool 10,1000');
}

/** What starts this program once more: the interpreter and the script. */
function programOf({ shell }: Context): readonly [string, string] {
  const [node, script] = shell.argv ?? [];
  if (node !== undefined && script !== undefined) return [node, script];
  throw new Error('this program was not told how it was called');
}

const CONNECTIONS: NumberSpec = { whole: true, min: 0, max: 1_000_000 };
