import { abortReason } from '../../base/abort.ts';
import type { WorkEnd } from '../../model/outcome.ts';
import type { WorkContext, WorkKind } from '../../model/ports/work.ts';
import { fillText } from '../wrap/template.ts';
import { attempts } from './attempts.ts';
import { HostDigests } from './host-digests.ts';
import { makeFolders } from './make-folders.ts';
import type { HostFiles } from './open-files.ts';
import { Refusals } from './refusals.ts';
import { uploadPlace } from './remote-place.ts';
import { Sender } from './sender.ts';
import { planOf } from './shared-plan.ts';
import { parseUpload, type UploadSpec } from './spec.ts';
import type { Tally } from './tally.ts';

export const uploadKind: WorkKind<UploadSpec> = {
  kind: 'upload',
  jobType: 'TransferJob',
  parse: parseUpload,
  describe: ({ sources, dest }) => `upload ${sources.join(' ')} ${dest}`,
  run: (spec, context) => attempts(context, (host, tally) => uploadTo(host, spec, tally, context)),
};

async function uploadTo(
  { session, connection }: HostFiles,
  spec: UploadSpec,
  tally: Tally,
  context: WorkContext,
): Promise<WorkEnd> {
  const { signal } = context;
  const digests = new HostDigests(context.clock, connection, signal);
  const plan = await planOf(spec, context.jobId);
  const refusals = new Refusals(context, tally, ({ code }) => code === 'permission-denied');
  const sender = new Sender({ session, digests, refusals, plan, tally, spec, context });
  try {
    if (plan.files > 0) digests.prepare();
    for (const refusal of plan.refusals) refusals.add(refusal);
    if (signal.aborted) throw abortReason(signal);
    const place = await uploadPlace(session, fillText(spec.dest, context.target), plan.needsFolder);
    tally.hasChanged = true;
    const folders = await makeFolders(session, place, plan.entries);
    await sender.send(place, folders);
    if (!signal.aborted) {
      await folders.finish();
      refusals.settle(true);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    digests.close();
    await sender.cleanUp();
  }
  return signal.aborted ? { kind: 'ended', confirmed: sender.isClean } : { kind: 'done' };
}
