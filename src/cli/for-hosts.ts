import { ALL_OPTIONS } from './options/table.ts';
import type { OptionSpec } from './options/spec.ts';
import type { Values } from './values.ts';

/**
 * The first option that was given and has a meaning only where work is done on hosts; undefined: none was. What would be
 * passed over in silence was meant by somebody.
 */
export function optionForHosts(values: Values): string | undefined {
  return ALL_OPTIONS.find(
    (spec) => isForHosts(spec, values) && values.has(spec.name) && values.given(spec.name),
  )?.name;
}

function isForHosts({ group, name, forHosts }: OptionSpec, values: Values): boolean {
  // It bounds the items of a verb that has some, too.
  if (name === 'max-hosts') return false;
  // What is asked between batches has no need of hosts.
  if (name === 'prompt' && values.has('confirm') && values.given('confirm')) return false;
  return forHosts === true || group === 'Targets' || group === 'Connection';
}
