import type { WorkKind } from '../../model/ports/work.ts';
import { parseDownload, type DownloadSpec } from './spec.ts';

/** What it does is loaded when there is such a job. */
export const downloadKind: WorkKind<DownloadSpec> = {
  kind: 'download',
  jobType: 'TransferJob',
  parse: parseDownload,
  describe: ({ sources, dest }) => `download ${sources.join(' ')} ${dest}`,
  run: async (spec, context) => {
    const [{ attempts }, { downloadFrom }] = await Promise.all([
      import('./attempts.ts'),
      import('./download-from.ts'),
    ]);
    return attempts(context, (host, tally) => downloadFrom(host, spec, tally, context));
  },
};
