import { ConfigError } from '../model/errors.ts';
import { expandNodeSet } from '../targets/nodeset/expand.ts';
import { nearMiss } from '../targets/near-miss.ts';
import { safeLine } from '../base/safe-text.ts';

/**
 * `--host`: which of these jobs' hosts node sets name; null: nothing was said, and all are meant. Wildcards mean the jobs'
 * hosts. Throws ConfigError `unknown-term` for a host that none of the jobs has.
 */
export function hostsOfJobs(
  expressions: readonly string[],
  known: ReadonlySet<string>,
): readonly string[] | null {
  if (expressions.length === 0) return null;
  const names = expressions.flatMap((text) => expandNodeSet(text, { hosts: known }));
  const strange = names.find((name) => !known.has(name));
  if (strange === undefined) return [...new Set(names)];
  const near = nearMiss(strange, known);
  const hint =
    near === null ? 'muster jobs --include-children lists them' : `did you mean ${near}?`;
  throw new ConfigError('unknown-term', `--host: ${safeLine(strange)} is no host of the job`, {
    hint,
  });
}
