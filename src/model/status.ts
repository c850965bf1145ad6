import type { JobState } from './state.ts';

/** How a controller is doing. */
export interface ControllerStatus {
  /** Connections open now, idle ones included. */
  readonly connections: number;
  /** Parent jobs by state, and all of them. */
  readonly jobs: Readonly<Record<JobState, number>> & { readonly total: number };
  /** Bytes of unread records. */
  readonly bytesHeld: number;
  /** Children waiting for their turn. */
  readonly queued: number;
}
