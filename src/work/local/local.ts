import type { WorkKind } from '../../model/ports/work.ts';
import { outputFilter } from '../output/output-filter.ts';
import { parseLocal, type LocalSpec } from './spec.ts';

/** A program on this machine: one child, whose target stands for this machine and is not connected to. */
export const localKind: WorkKind<LocalSpec> = {
  kind: 'local',
  jobType: 'LocalJob',
  parse: parseLocal,
  describe: ({ command }) => command,
  logsIn: () => false,
  run: async (spec, context) => {
    const { runLocal } = await import('./run-local.ts');
    return runLocal(spec, context, outputFilter(spec, context));
  },
};
