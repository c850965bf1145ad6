import type { WorkKind } from '../../model/ports/work.ts';
import { describeThread, parseThread, type ThreadSpec } from './spec.ts';

/**
 * A function in a worker thread: one child, whose target stands for this machine. A thread cannot be halted from outside,
 * so that its job cannot be suspended once it runs.
 */
export const threadKind: WorkKind<ThreadSpec> = {
  kind: 'thread',
  jobType: 'ThreadJob',
  parse: parseThread,
  describe: describeThread,
  logsIn: () => false,
  // PowerShell's Start-ThreadJob has the same (-ThrottleLimit).
  limit: 5,
  run: async (spec, context) => {
    const { runThread } = await import('./run-thread.ts');
    return runThread(spec, context);
  },
};
