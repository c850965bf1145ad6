import { safeLine } from './base/safe-text.ts';
import { systemClock, type Clock } from './base/clock.ts';
import { InProcessController } from './controller/controller.ts';
import { MEMORY_BYTES } from './model/defaults.ts';
import type { HostedController } from './model/ports/controller.ts';
import type { Journal } from './model/ports/journal.ts';
import { createAuditLog } from './results/audit/audit-log.ts';
import { createResultStore } from './results/result-store.ts';
import { SpillFile } from './results/spill-file.ts';
import { foldNodeSet } from './targets/nodeset/fold.ts';
import { createTransport } from './transport/transport.ts';
import { builtInKinds } from './work/kinds.ts';

export interface WiringOptions {
  /** How long an idle connection is kept for the next job, in milliseconds; 0: not at all. */
  readonly keepMs: number;
  /** Logins in flight at once over all jobs. Default 64. */
  readonly loginSlots?: number;
  /** Idle connections are not given up below `min`; no more than `max` are open at once, except for work under way. */
  readonly pool?: { readonly min: number; readonly max: number };
  /** Bytes of memory that unread results may take. Default 512 MB (2^29). */
  readonly memoryBytes?: number;
  /**
   * A folder of the user's own on a disk, absolute; it is made where it is not there. The oldest results go there, in a file
   * without a name, when memory is full. null, the default: nowhere, and a child that says more then has failed, `store`.
   */
  readonly spillFolder?: string | null;
  /** What the next controller is to know of this one's jobs. Default: nothing. */
  readonly journal?: Journal;
  readonly clock?: Clock;
  /** Told, once, of what is this machine's own trouble and no host's. */
  readonly warn?: (text: string) => void;
}

/** A controller with its real parts: the one place where ports meet their implementations. */
export function createController(options: WiringOptions): HostedController {
  const { clock = systemClock, keepMs, pool, warn, spillFolder = null } = options;
  return new InProcessController({
    clock,
    transport: createTransport({ clock, keepMs, ...(pool && { pool }), ...(warn && { warn }) }),
    results: createResultStore({
      memoryBytes: options.memoryBytes ?? MEMORY_BYTES,
      spill: spillFolder === null ? null : new SpillFile(spillFolder),
    }),
    kinds: builtInKinds,
    loginSlots: options.loginSlots ?? 64,
    random: Math.random,
    kept: (hosts, why) => warn?.(keptText(hosts, why)),
    journal: options.journal ?? null,
    audit: createAuditLog(clock),
  });
}

function keptText(hosts: readonly string[], why: string): string {
  const keep = hosts.length === 1 ? 'keeps' : 'keep';
  return `${safeLine(foldNodeSet(hosts), MOST_NAMES)} ${keep} what a durable command has left there (${why}): muster host-clean removes it`;
}

/** Characters. */
const MOST_NAMES = 1000;
