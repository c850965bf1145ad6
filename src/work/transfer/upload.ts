import type { WorkKind } from '../../model/ports/work.ts';
import { parseUpload, type UploadSpec } from './spec.ts';

/** What it does is loaded when there is such a job. */
export const uploadKind: WorkKind<UploadSpec> = {
  kind: 'upload',
  jobType: 'TransferJob',
  parse: parseUpload,
  describe: ({ sources, dest }) => `upload ${sources.join(' ')} ${dest}`,
  run: async (spec, context) => {
    const [{ attempts }, { uploadTo }] = await Promise.all([
      import('./attempts.ts'),
      import('./upload-to.ts'),
    ]);
    return attempts(context, (host, tally) => uploadTo(host, spec, tally, context));
  },
};
