import type { Access } from '../../model/access.ts';
import type { Become } from '../../model/become.ts';
import type { JobDefinition, JobInput } from '../../model/definition.ts';
import { secretFrom, wireGiving, wireSecret } from './secrets.ts';
import { targetsFrom, wireTargets, type WireTargets } from './targets.ts';

/** A job's definition as JSON: what is a function stays with the client, who is asked instead. */
export interface WireDefinition
  extends Omit<JobDefinition, 'access' | 'input' | 'targets' | 'become'>, WireTargets {
  readonly access: WireAccess;
  readonly become: WireBecome | null;
  readonly input: WireInput | null;
}

export interface WireAccess extends Omit<Access, 'passphrase' | 'password'> {
  /** Whether the client has somebody to ask for a passphrase. */
  readonly canAsk: boolean;
  readonly password: string | null;
  /** Absent: it is given with this request. */
  readonly passwordGiving?: string | null;
}

export interface WireBecome extends Omit<Become, 'password'> {
  readonly password: string | null;
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
  const { retryDelayMs, rollout, become, okCodes, graceMs, input, verbosity, keepMs } = definition;
  const { durable, maxOutput, audit } = definition;
  return {
    work,
    ...wireTargets(definition.targets),
    items,
    access: wireAccess(definition.access),
    name,
    fanout,
    connectTimeoutMs,
    timeoutMs,
    retries,
    retryDelayMs,
    rollout,
    become: become && wireBecome(become),
    okCodes,
    graceMs,
    input: input?.kind === 'stream' ? { kind: 'stream', id: inputId } : input,
    verbosity,
    durable,
    maxOutput,
    audit,
    keepMs,
  };
}

function wireAccess(access: Access): WireAccess {
  const { identities, defaultIdentities, agent, hostKeys } = access;
  const { knownHosts, knownHostsWrite, prompt, passphrase, password } = access;
  return {
    identities,
    defaultIdentities,
    agent,
    hostKeys,
    knownHosts,
    knownHostsWrite,
    prompt,
    canAsk: passphrase !== null,
    password: wireSecret(password),
    passwordGiving: wireGiving(password),
  };
}

function wireBecome({ method, user, password }: Become): WireBecome {
  return { method, user, password: wireSecret(password) };
}

export function definitionFrom(
  wire: WireDefinition,
  passphrase: Access['passphrase'],
  input: JobInput | null,
): JobDefinition {
  const { access, become, targets, ways, settings, ...rest } = wire;
  const { canAsk, password, passwordGiving, ...more } = access;
  return {
    ...rest,
    targets: targetsFrom({ targets, ways, settings }),
    access: {
      ...more,
      passphrase: canAsk ? passphrase : null,
      password: secretFrom(password, passwordGiving),
    },
    become: become && { ...become, password: secretFrom(become.password) },
    input,
  };
}
