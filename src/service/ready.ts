import { closeSync, writeSync } from 'node:fs';
import type { ConfigErrorCode } from '../model/errors.ts';

/** What a controller that was just started says to whoever started it: one line, once. */
export type Readiness =
  | { readonly state: 'ready'; readonly pid: number }
  /** Another one is there already. */
  | { readonly state: 'running'; readonly pid: number | null }
  | {
      readonly state: 'failed';
      readonly code: ConfigErrorCode;
      readonly message: string;
      readonly hint: string | null;
    };

/** Tells it through a descriptor that was inherited, and closes that: nothing of the starter's stays open here. */
export function tellStarter(descriptor: number, readiness: Readiness): void {
  try {
    writeSync(descriptor, `${JSON.stringify(readiness)}\n`);
    closeSync(descriptor);
  } catch {
    // Whoever started us has gone: the next one finds us by the socket.
  }
}

/** null: that is none. */
export function parseReadiness(line: string): Readiness | null {
  try {
    const value: unknown = JSON.parse(line);
    return isReadiness(value) ? value : null;
  } catch {
    // Cut short by its end; the caller says so.
    return null;
  }
}

/** It comes from a process of ours: that it has a known state is enough to tell it from something else. */
function isReadiness(value: unknown): value is Readiness {
  if (typeof value !== 'object' || value === null || !('state' in value)) return false;
  return value.state === 'ready' || value.state === 'running' || value.state === 'failed';
}

/** Names the descriptor in the environment of a controller that is started in the background. */
export const READY_VARIABLE = 'MUSTER_READY_FD';
