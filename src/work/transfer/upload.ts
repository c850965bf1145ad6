import { asError } from '../../base/system-error.ts';
import { FailureError } from '../../model/failure.ts';
import type { WorkEnd } from '../../model/outcome.ts';
import { FileError } from '../../model/ports/files.ts';
import type { WorkContext, WorkKind } from '../../model/ports/work.ts';
import { onAbort } from '../on-abort.ts';
import { fillText } from '../wrap/template.ts';
import { transferFailure } from './failure.ts';
import { HostDigests } from './host-digests.ts';
import { makeFolders } from './make-folders.ts';
import { openFiles } from './open-files.ts';
import { planOf, type SharedPlan } from './shared-plan.ts';
import { uploadPlace } from './remote-place.ts';
import { Sender } from './sender.ts';
import { parseUpload, type UploadSpec } from './spec.ts';
import { Tally } from './tally.ts';

export const uploadKind: WorkKind<UploadSpec> = {
  kind: 'upload',
  jobType: 'TransferJob',
  parse: parseUpload,
  describe: ({ sources, dest }) => `upload ${sources.join(' ')} ${dest}`,
  run,
};

/** A transfer repeats nothing that is there already: where contact is lost in the middle, what is left is tried again. */
async function run(spec: UploadSpec, context: WorkContext): Promise<WorkEnd> {
  const dest = fillText(spec.dest, context.target);
  const tally = new Tally(context);
  for (let attempt = 0; ; attempt += 1) {
    try {
      const plan = await planOf(spec, context.jobId);
      return await attemptUpload(spec, dest, plan, tally, context);
    } catch (error) {
      // Before the host's files were open, nothing had begun there.
      if (context.signal.aborted) return { kind: 'ended', confirmed: true };
      const failure = failureOf(error, tally);
      if (failure.failure.code !== 'lost' || attempt >= context.retries) throw failure;
    } finally {
      tally.report();
    }
  }
}

async function attemptUpload(
  spec: UploadSpec,
  dest: string,
  plan: SharedPlan,
  tally: Tally,
  context: WorkContext,
): Promise<WorkEnd> {
  const abort = onAbort(context.signal);
  try {
    const host = await openFiles(context, abort);
    if (host === null) return { kind: 'ended', confirmed: true };
    context.started();
    const { session, connection } = host;
    const digests = new HostDigests(context.clock, connection);
    const sender = new Sender({ session, digests, plan, tally, spec, context });
    let isClean = false;
    try {
      if (plan.files > 0) digests.prepare();
      const place = await uploadPlace(session, dest, plan.needsFolder);
      tally.hasChanged = true;
      const folders = await makeFolders(session, place, plan.entries);
      await sender.send(place, folders);
      await folders.finish();
    } catch (error) {
      if (!context.signal.aborted) throw error;
    } finally {
      isClean = await sender.cleanUp();
      digests.close();
      await session.close();
    }
    return context.signal.aborted ? { kind: 'ended', confirmed: isClean } : { kind: 'done' };
  } finally {
    abort.dispose();
  }
}

/** What the host said no to, as the failure that it is. */
function failureOf(error: unknown, tally: Tally): FailureError {
  if (error instanceof FileError) {
    return transferFailure(error.message, tally.hasChanged, 'transfer', error);
  }
  if (!(error instanceof FailureError)) throw asError(error);
  if (error.failure.mayHaveRun || !tally.hasChanged) return error;
  return new FailureError({ ...error.failure, mayHaveRun: true }, { cause: error });
}
