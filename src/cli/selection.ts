import type { HostsFile, Inventory, Selection, SelectionRequest } from '../targets/selection.ts';
import { emptyInventory, loadInventory, selectTargets } from '../targets/selection.ts';
import { ConfigError } from '../model/errors.ts';
import type { Context } from './command.ts';
import type { Values } from './values.ts';
import { absolutePath } from './environment.ts';
import { findInventory } from '../targets/inventory/find.ts';
import { sshConfigFrom } from './ssh-config.ts';
import { readHostsFile } from '../targets/selection/hosts-file.ts';
import { usageError } from './usage-error.ts';

/** Works out the targets from a verb's options, and passes on what is worth a warning. */
export async function selectFrom(values: Values, context: Context): Promise<Selection> {
  const selection = await selectTargets(await selectionRequest(values, context));
  for (const warning of selection.warnings) context.tell(`warning: ${warning}`);
  return selection;
}

/** What the target options ask for. Reads the inventory and the files of hosts. */
export async function selectionRequest(
  values: Values,
  context: Context,
): Promise<SelectionRequest> {
  const { environment } = context;
  const connects = values.has('user');
  return {
    hosts: values.many('hosts'),
    groups: values.many('group'),
    all: values.flag('all'),
    hostsFiles: await hostsFiles(values, context),
    exclude: values.many('exclude'),
    excludeGroups: values.many('exclude-group'),
    maxHosts: values.number('max-hosts') ?? 0,
    allowEmpty: values.flag('allow-empty'),
    inventory: await inventoryFrom(values, context),
    overrides: {
      user: connects ? loginName(values.text('user')) : null,
      port: connects ? values.number('port') : null,
      identities: connects
        ? values.many('identity').map((path) => absolutePath(path, environment))
        : [],
      jump: values.has('jump') ? values.text('jump') : null,
    },
    defaults: { user: environment.user, homeDirectory: environment.home },
    ...(asksSshConfig(values) && { sshConfig: await sshConfigFrom(values, environment) }),
  };
}

/** Where hosts are connected to, explained, or such a file is named. Their names alone do not depend on it. */
function asksSshConfig(values: Values): boolean {
  if (values.has('user')) return true;
  return ['explain', 'ssh-config', 'option'].some((name) => values.has(name) && values.given(name));
}

async function inventoryFrom(values: Values, context: Context): Promise<Inventory> {
  const { cwd, home, inventory } = context.environment;
  const named = values.text('inventory');
  const explicit =
    named?.startsWith('~/') === true ? absolutePath(named, context.environment) : named;
  const found = findInventory({ explicit, env: inventory, cwd, home });
  if (found === null) return emptyInventory;
  const uid = process.getuid?.() ?? null;
  return loadInventory(found.path, { byChance: found.byChance, uid });
}

async function hostsFiles(values: Values, context: Context): Promise<readonly HostsFile[]> {
  const names = values.many('hosts-file');
  const readers = [...names, ...(values.has('stdin') ? values.many('stdin') : [])];
  if (readers.filter((name) => name === '-').length > 1) {
    throw usageError(
      'standard input can be read only once',
      'only one option can have - as its file',
    );
  }
  const files: HostsFile[] = [];
  for (const name of names) {
    files.push(
      name === '-'
        ? await standardInput(context)
        : await readHostsFile(
            name.startsWith('~/') ? absolutePath(name, context.environment) : name,
          ),
    );
  }
  return files;
}

async function standardInput(context: Context): Promise<HostsFile> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of context.shell.stdin) {
    if (!(chunk instanceof Uint8Array)) continue;
    bytes += chunk.byteLength;
    if (bytes > MAX_INPUT) throw new ConfigError('hosts-file', 'standard input: is too large');
    chunks.push(chunk);
  }
  return { name: 'standard input', text: Buffer.concat(chunks).toString('utf8') };
}

/** A name of ours is never taken for an option or a line of its own; what names may be is for the host to say. */
function loginName(name: string | null): string | null {
  if (name === null || !/^-|[\s\p{Cc}]/u.test(name)) return name;
  throw usageError(`--user: "${name}" is no name of a user`);
}

/** As much as of any other file of hosts. */
const MAX_INPUT = 32 * 1024 * 1024;
