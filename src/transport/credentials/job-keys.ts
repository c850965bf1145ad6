import type { Access } from '../../model/access.ts';
import type { Target } from '../../model/target.ts';
import type { Ssh2 } from '../ssh2.ts';
import {
  keyFileError,
  openIdentity,
  problem,
  readIdentity,
  type KeyRing,
  type Problem,
} from './identity.ts';
import type { PrivateKeyFile } from './key-file.ts';
import { LockedKey } from './locked-key.ts';
import type { LoginKey } from './login-key.ts';

/** The key files of a job, read for those of its targets that use the same agent. */
export interface JobKeys {
  readonly agent: KeyRing['agent'];
  /** By the file. */
  readonly named: ReadonlyMap<string, NamedKey>;
  readonly defaults: DefaultKeys;
}

export interface DefaultKeys {
  readonly keys: readonly LoginKey[];
  /** Where there is nothing else to offer. */
  readonly locked: readonly LockedKey[];
  readonly problems: readonly Problem[];
}

/** A problem where the file was named by ssh_config alone, which lets what is of no use be passed over. */
export type NamedKey = LoginKey | LockedKey | (Problem & { readonly isLocked?: boolean });

/** The files named for a target: those of the whole job first. */
export function namedFor(target: Target, access: Access): readonly string[] {
  return [...access.identities, ...target.identities];
}

/** Nobody says anything about its keys. */
export function usesDefaults(target: Target, access: Access): boolean {
  return namedFor(target, access).length === 0 && target.ssh?.onlyIdentityFiles !== true;
}

/** `locked`: the job's locked keys so far, by file: one that is open stays so. Throws ConfigError: see loadCredentials. */
export async function loadJobKeys(
  targets: readonly Target[],
  access: Access,
  ring: KeyRing,
  locked: Map<string, LockedKey>,
): Promise<JobKeys> {
  const keep = access.prompt === 'before' ? null : keeper(ring.ssh2, locked);
  const named = new Map<string, NamedKey>();
  const strict = new Set([
    ...access.identities,
    ...targets.filter(isStrict).flatMap(({ identities }) => identities),
  ]);
  for (const file of new Set(targets.flatMap((target) => namedFor(target, access)))) {
    const key = await namedKey(ring, keep, file);
    if ('kind' in key && strict.has(file)) throw keyFileError(key);
    named.set(file, key);
  }
  if (ring.agent.keys.length === 0 && access.password === null) {
    for (const target of targets) refuseShut(namedFor(target, access), named);
  }
  const wanted = targets.some((target) => usesDefaults(target, access));
  const defaults = await defaultKeys(ring, keep, wanted ? access : null);
  return { agent: ring.agent, named, defaults };
}

function isStrict({ ssh }: Target): boolean {
  return ssh?.onlyIdentityFiles !== true;
}

/** Throws where a key that could not be opened is all that a target has: whoever runs the job can see to that. */
function refuseShut(files: readonly string[], named: ReadonlyMap<string, NamedKey>): void {
  const problems = files.flatMap((file) => {
    const key = named.get(file);
    return key !== undefined && 'kind' in key ? [key] : [];
  });
  const shut = problems.find(({ isLocked }) => isLocked === true);
  if (shut !== undefined && problems.length === files.length) throw keyFileError(shut);
}

/** Keeps a key locked, for somebody to be asked later, or nobody; null: it is opened now, or is of no use. */
type Keep = ((file: PrivateKeyFile) => LockedKey) | null;

function keeper(ssh2: Ssh2, locked: Map<string, LockedKey>): (file: PrivateKeyFile) => LockedKey {
  return (file) => {
    const before = locked.get(file.file);
    if (before?.file.text === file.text) return before;
    const key = new LockedKey(ssh2, file);
    locked.set(file.file, key);
    return key;
  };
}

async function namedKey(ring: KeyRing, keep: Keep, file: string): Promise<NamedKey> {
  const found = await readIdentity(ring, file);
  if (found.kind === 'locked' && keep !== null) return keep(found.file);
  const opened = found.kind === 'locked' ? await openIdentity(ring, found.file) : found;
  switch (opened.kind) {
    case 'key':
      return opened.key;
    case 'missing':
      return problem(file, 'does not exist');
    case 'problem':
      return { ...opened, isLocked: found.kind === 'locked' };
  }
}

/** Nobody is asked for the passphrase of a default key while there is anything else to offer. `access` null: none is wanted. */
async function defaultKeys(ring: KeyRing, keep: Keep, access: Access | null): Promise<DefaultKeys> {
  const keys: LoginKey[] = [];
  const locked: PrivateKeyFile[] = [];
  const problems: Problem[] = [];
  for (const file of access?.defaultIdentities ?? []) {
    const found = await readIdentity(ring, file);
    if (found.kind === 'key') keys.push(found.key);
    if (found.kind === 'locked') locked.push(found.file);
    if (found.kind === 'problem') problems.push(found);
  }
  const hasOther = keys.length + ring.agent.keys.length > 0 || (access?.password ?? null) !== null;
  if (!hasOther && keep !== null && locked.length > 0) {
    return { keys, locked: locked.map(keep), problems };
  }
  for (const file of locked) {
    const opened = hasOther ? problem(file.file, NOT_ASKED) : await openIdentity(ring, file);
    if (opened.kind === 'key') keys.push(opened.key);
    else problems.push(opened);
  }
  const [first] = problems;
  if (first !== undefined && !hasOther && keys.length === 0) {
    throw keyFileError({ ...first, hint: ring.agent.problem ?? first.hint });
  }
  return { keys, locked: [], problems };
}

const NOT_ASKED = 'is encrypted, and its passphrase was not asked for: there are other ways in';
