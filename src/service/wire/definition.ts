import type { Access } from '../../model/access.ts';
import type { JobDefinition, JobInput } from '../../model/definition.ts';
import type { Target } from '../../model/target.ts';

/** A job's definition as JSON: what is a function stays with the client, who is asked instead. */
export interface WireDefinition extends Omit<JobDefinition, 'access' | 'input'> {
  readonly access: WireAccess;
  readonly input: WireInput | null;
}

export interface WireAccess extends Omit<Access, 'passphrase'> {
  /** Whether the client has somebody to ask for a passphrase. */
  readonly canAsk: boolean;
}

/** A file of this machine; or bytes that the client sends as they come, under a UUID of its own choice. */
export type WireInput =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'stream'; readonly id: string };

/** The answers a person has given so far, for each key file in the order in which they were given. */
export type Passphrases = Readonly<Record<string, readonly string[]>>;

/** The body of a start. */
export interface StartBody {
  readonly definition: WireDefinition;
  /** The answer is a stream that begins with the job; when the connection closes before its end, the job is stopped. */
  readonly owned: boolean;
  readonly passphrases: Passphrases;
}

/** Field by field, because a definition may be made from objects that hold more. */
export function wireDefinition(definition: JobDefinition, inputId: string): WireDefinition {
  const { work, items, name, fanout, connectTimeoutMs, timeoutMs, retries } = definition;
  const { okCodes, graceMs, input, verbosity, keepMs } = definition;
  return {
    work,
    targets: definition.targets.map(wireTarget),
    items,
    access: wireAccess(definition.access),
    name,
    fanout,
    connectTimeoutMs,
    timeoutMs,
    retries,
    okCodes,
    graceMs,
    input: input?.kind === 'stream' ? { kind: 'stream', id: inputId } : input,
    verbosity,
    keepMs,
  };
}

function wireTarget(target: Target): Target {
  const { name, address, port, user, identities, jump, vars, groups } = target;
  return { name, address, port, user, identities, jump, vars, groups };
}

function wireAccess(access: Access): WireAccess {
  const { identities, defaultIdentities, agent, hostKeys } = access;
  const { knownHosts, knownHostsWrite, prompt, passphrase } = access;
  return {
    identities,
    defaultIdentities,
    agent,
    hostKeys,
    knownHosts,
    knownHostsWrite,
    prompt,
    canAsk: passphrase !== null,
  };
}

export function definitionFrom(
  wire: WireDefinition,
  passphrase: Access['passphrase'],
  input: JobInput | null,
): JobDefinition {
  const { canAsk, ...access } = wire.access;
  return { ...wire, access: { ...access, passphrase: canAsk ? passphrase : null }, input };
}
