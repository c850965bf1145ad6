import type { ResultStore } from '../model/ports/results.ts';
import { Budget } from './budget.ts';
import { BudgetedRecordLog } from './record-log.ts';
import type { SpillFile } from './spill-file.ts';

export interface ResultStoreOptions {
  /** Bytes of memory that unread records may take over all children. Default: without limit. */
  readonly memoryBytes?: number;
  /** Where the oldest are put when there are more; null, the default: nowhere, and who writes more has failed. */
  readonly spill?: SpillFile | null;
}

/** Keeps every child's records until they are acknowledged or dropped. One store for one controller. */
export function createResultStore(options: ResultStoreOptions = {}): ResultStore {
  const { memoryBytes: limit = Number.MAX_SAFE_INTEGER, spill: file = null } = options;
  const logs = new Map<number, BudgetedRecordLog>();
  const budget = new Budget({ limit, file, isShared: () => logs.size > 1 });
  let held = 0;
  const weigh = (bytes: number): void => {
    held += bytes;
  };
  return {
    open(childId, from) {
      if (logs.has(childId)) throw new Error(`child ${childId} has a log already`);
      const log = new BudgetedRecordLog(budget, weigh, from);
      logs.set(childId, log);
      return log;
    },
    drop(childId) {
      logs.get(childId)?.discard();
      logs.delete(childId);
    },
    get bytesHeld() {
      return held;
    },
    get bytesSpilled() {
      return budget.spilled;
    },
  };
}
