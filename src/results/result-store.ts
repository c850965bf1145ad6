import type { ResultStore } from '../model/ports/results.ts';
import { MemoryRecordLog } from './record-log.ts';

/** Keeps every child's records in memory until they are acknowledged or dropped. One store for one controller. */
export function createResultStore(): ResultStore {
  const logs = new Map<number, MemoryRecordLog>();
  let held = 0;
  return {
    open(childId, from) {
      if (logs.has(childId)) throw new Error(`child ${childId} has a log already`);
      const log = new MemoryRecordLog((bytes) => {
        held += bytes;
      }, from);
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
  };
}
