import type { Clock } from '../../base/clock.ts';
import { AgentClient, AgentError, type AgentIdentity } from './agent-client.ts';
import { agentLoginKey, type LoginKey } from './login-key.ts';

/** What the agent offers, listed once for a job. */
export interface AgentKeys {
  /** In the agent's order, certificates too. Without those that cannot be used. */
  readonly keys: readonly LoginKey[];
  /** Why the agent gave no list; null also where there is no agent. */
  readonly problem: string | null;
  find(blob: Buffer): LoginKey | null;
}

/** `path`: the agent's socket, or null. An agent that is not there has no keys; one that fails has a problem. */
export async function loadAgentKeys(path: string | null, clock: Clock): Promise<AgentKeys> {
  if (path === null) return NO_AGENT;
  const client = new AgentClient(path, clock);
  let identities: readonly AgentIdentity[];
  try {
    identities = await client.identities();
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    return error.kind === 'absent' ? NO_AGENT : { ...NO_AGENT, problem: error.message };
  }
  const keys = new Map<string, LoginKey>();
  for (const identity of identities) {
    const key = agentLoginKey(client, identity);
    if (key !== null) keys.set(identity.blob.toString('latin1'), key);
  }
  return {
    keys: [...keys.values()],
    problem: null,
    find: (blob) => keys.get(blob.toString('latin1')) ?? null,
  };
}

const NO_AGENT: AgentKeys = { keys: [], problem: null, find: () => null };
