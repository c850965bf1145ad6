import type { Reading, Received } from '../model/ports/controller.ts';
import type { ReceiveOptions } from '../model/query.ts';
import type { ChildJob } from './child-job.ts';
import { LogReaders } from './log-readers.ts';

/** What is unread of these children now, one after another; what they write meanwhile is left for the next time. */
export function openReceiving(
  children: readonly ChildJob[],
  options: ReceiveOptions,
  givenBack: (child: ChildJob) => void,
): Reading<Received> {
  const { keep = false, streams = null, hosts = null } = options;
  const names = hosts === null ? null : new Set(hosts);
  const readers = new LogReaders({ keep, streams }, givenBack);
  let isClosed = false;

  function* records(): Generator<Received, undefined> {
    for (const child of children) {
      const { id: childId, target } = child.identity;
      if (names !== null && !names.has(target.name)) continue;
      const upTo = child.lastSeq;
      if (!child.log.hasUnread) continue;
      for (;;) {
        const record = readers.next(child, upTo);
        if (record === null) break;
        yield { ...record, host: target.name, childId };
      }
    }
    return undefined;
  }

  const values = records();
  const close = (): void => {
    if (isClosed) return;
    isClosed = true;
    readers.close();
  };
  return {
    acknowledge: (childId, seq) => readers.acknowledge(childId, seq),
    held: (childId) => readers.held(childId),
    stop: (given) => readers.stop(given),
    close,
    [Symbol.asyncIterator]: (): AsyncIterableIterator<Received, undefined> => ({
      next: () => Promise.resolve(isClosed ? { done: true, value: undefined } : values.next()),
      return: () => {
        close();
        return Promise.resolve({ done: true, value: undefined });
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    }),
  };
}
