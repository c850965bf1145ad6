import type { HostWithKeys } from '../../model/host-trust.ts';
import type { ChildView, JobView } from '../../model/job.ts';
import type { Json } from '../../model/json.ts';
import type { OfferedHostKey } from '../../model/ports/transport.ts';
import type { Target } from '../../model/target.ts';

/** The hosts of a job that have shown their keys, and these. The children of a job come in the order of its targets. */
export function fetchedKeys(job: JobView, targets: readonly Target[]): readonly HostWithKeys[] {
  return job.children.flatMap((child, index) => {
    const target = targets[index];
    const keys = keysOf(child);
    return target === undefined || keys.length === 0 ? [] : [{ target, keys }];
  });
}

/** What a child reports is typed as any JSON: read here as the work reports it, and as nothing where it is not so. */
function keysOf({ data, state }: ChildView): readonly OfferedHostKey[] {
  const trust = data['trust'];
  const keys = isObject(trust) && state === 'Completed' ? trust['keys'] : null;
  if (!Array.isArray(keys)) return [];
  return keys.flatMap((one: Json) => {
    if (!isObject(one)) return [];
    const { type, fingerprint, key, certificate } = one;
    if (typeof type !== 'string' || typeof fingerprint !== 'string' || typeof key !== 'string')
      return [];
    return [
      { type, fingerprint, key, ...(typeof certificate === 'string' ? { certificate } : {}) },
    ];
  });
}

function isObject(value: Json | undefined): value is { readonly [field: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
