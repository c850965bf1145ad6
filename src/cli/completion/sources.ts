import { existsSync } from 'node:fs';
import type { Context } from '../command.ts';
import { absolutePath } from '../environment.ts';
import { optionsOf } from '../options/table.ts';
import { ConfigError } from '../../model/errors.ts';
import { EVERY_JOB } from '../../model/query.ts';
import { servicePaths } from '../../service/paths.ts';
import { VERSION } from '../../version.ts';
import { findInventory } from '../../targets/inventory/find.ts';
import type { Candidate, CompletionSources, Names } from './candidates.ts';

/** The names that this machine knows: verbs and options of the program, hosts of the inventory, jobs of the controller. */
export function completionSources(context: Context): CompletionSources {
  return {
    verbs: context.verbs,
    optionsOf,
    inventory: (file) => quietly(() => inventoryNames(file, context), NO_NAMES),
    jobs: (instance) => quietly(() => jobsOf(instance ?? 'default', context), []),
  };
}

async function inventoryNames(file: string | null, context: Context): Promise<Names> {
  const { cwd, home, inventory } = context.environment;
  const explicit = file === null ? null : absolutePath(file, context.environment);
  const found = findInventory({ explicit, env: inventory, cwd, home });
  if (found === null) return NO_NAMES;
  const { loadInventory } = await import('../../targets/selection.ts');
  const uid = process.getuid?.() ?? null;
  const loaded = await loadInventory(found.path, { byChance: found.byChance, uid });
  return { hosts: loaded.hosts(), groups: loaded.groupNames };
}

async function jobsOf(instance: string, context: Context): Promise<readonly Candidate[]> {
  const { runtimeDir, stateDir } = context.environment;
  const paths = servicePaths({ xdgRuntimeDir: runtimeDir, stateDir, instance });
  if (!existsSync(paths.socket)) return [];
  const { findController } = await import('../../service/launch.ts');
  const controller = await findController({ paths, version: VERSION });
  if (controller === null) return [];
  try {
    const { jobs } = await controller.find(EVERY_JOB);
    return jobs.flatMap(({ id, name, command, state }) => [
      { word: String(id), about: `${name}: ${command}` },
      { word: name, about: `${state}: ${command}` },
    ]);
  } finally {
    await controller.dispose();
  }
}

/** A mistake in a file, or a controller that cannot be asked, completes nothing: the verb that comes to it tells. */
async function quietly<T>(names: () => Promise<T>, none: T): Promise<T> {
  try {
    return await names();
  } catch (error) {
    if (error instanceof ConfigError) return none;
    throw error;
  }
}

const NO_NAMES: Names = { hosts: [], groups: [] };
