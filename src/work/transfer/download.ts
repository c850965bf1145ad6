import { join } from 'node:path';
import type { WorkEnd } from '../../model/outcome.ts';
import type { WorkContext, WorkKind } from '../../model/ports/work.ts';
import { abortReason } from '../../base/abort.ts';
import { attempts } from './attempts.ts';
import { HostDigests } from './host-digests.ts';
import { isLost } from './failure.ts';
import { finishFolder, localPlace, makeFolder, type LocalPlace } from './local-place.ts';
import type { HostFiles } from './open-files.ts';
import { Receiver } from './receiver.ts';
import { Refusals } from './refusals.ts';
import { planDownload, type RemoteEntry } from './remote-plan.ts';
import { findSources } from './remote-sources.ts';
import { parseDownload, type DownloadSpec } from './spec.ts';
import type { Tally } from './tally.ts';

export const downloadKind: WorkKind<DownloadSpec> = {
  kind: 'download',
  jobType: 'TransferJob',
  parse: parseDownload,
  describe: ({ sources, dest }) => `download ${sources.join(' ')} ${dest}`,
  run: (spec, context) =>
    attempts(context, (host, tally) => downloadFrom(host, spec, tally, context)),
};

async function downloadFrom(
  { session, connection }: HostFiles,
  spec: DownloadSpec,
  tally: Tally,
  context: WorkContext,
): Promise<WorkEnd> {
  const { signal } = context;
  const digests = new HostDigests(context.clock, connection, signal);
  const refusals = new Refusals(context, tally, () => true);
  const receiver = new Receiver({ session, digests, refusals, tally, spec, context });
  try {
    digests.prepare();
    const { sources, isMany } = await findSources(session, spec.sources);
    const plan = await planDownload(session, sources, signal);
    for (const refusal of plan.refusals) refusals.add(refusal);
    tally.expect(plan.bytes);
    const folders = plan.entries.filter(({ kind }) => kind === 'folder');
    const files = plan.entries.filter(({ kind }) => kind === 'file');
    const isTree = isMany || folders.length > 0 || sources.some(({ name }) => name === null);
    const place = await localPlace(spec.dest, context.target, isTree);
    const made = await makeFolders(place, folders);
    await receiver.receive(place, files);
    if (signal.aborted) throw abortReason(signal);
    for (const { relative, attributes } of made.toReversed()) {
      await finishFolder(join(place.path, relative), attributes.mode, attributes.mtime);
    }
    refusals.settle(false);
    await receiver.cleanUp();
    return { kind: 'done' };
  } catch (error) {
    // What an attempt without contact has left, the next one goes on with.
    if (!isLost(error) || signal.aborted) await receiver.cleanUp();
    throw error;
  } finally {
    digests.close();
  }
}

/** Those that were made, and not there before. */
async function makeFolders(
  place: LocalPlace,
  folders: readonly RemoteEntry[],
): Promise<readonly RemoteEntry[]> {
  const made: RemoteEntry[] = [];
  for (const folder of folders) {
    if (await makeFolder(join(place.path, folder.relative))) made.push(folder);
  }
  return made;
}
