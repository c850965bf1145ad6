import { explainTarget } from '../targets/selection.ts';
import type { Json } from '../model/json.ts';
import type { SelectionRequest } from '../targets/selection.ts';
import { safeLine } from '../base/safe-text.ts';

/** Each setting of a host, and who says so: the name, the command line, the host, a group, the defaults, or nobody. */
export function explanation(name: string, request: SelectionRequest): string {
  const { target, sources } = explainTarget(name, request);
  const { address, port, user, identities, jump, vars } = sources;
  const rows: readonly (readonly [string, string, string])[] = [
    ['address', address.value, address.source],
    ['port', String(port.value), port.source],
    ['user', user.value, user.source],
    ['identity', listText(identities.value, 'the default keys'), identities.source],
    ['jump', listText(jump.value, 'none'), jump.source],
    ...vars.map((one) => [`vars.${one.name}`, valueText(one.value), one.source] as const),
  ];
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map(([setting, value, source]) =>
    safeLine(
      [setting.padEnd(widths[0] ?? 0), value.padEnd(widths[1] ?? 0), source].join('  '),
      WHOLE,
    ),
  );
  const groups = target.groups.length === 0 ? 'in no group' : `in ${target.groups.join(', ')}`;
  return [
    safeLine(`${target.name}: ${groups}`, WHOLE),
    ...lines.map((line) => `  ${line}`),
    '',
  ].join('\n');
}

/** A variable as `muster hosts --vars` prints it: `role=primary`; lists, maps and what has blanks as JSON. */
export function variableText([name, value]: readonly [string, Json]): string {
  return `${name}=${valueText(value)}`;
}

function valueText(value: Json): string {
  return typeof value === 'string' && /^[^\s"'{}[\]]+$/u.test(value)
    ? value
    : JSON.stringify(value);
}

function listText(values: readonly string[], none: string): string {
  return values.length === 0 ? none : values.join(', ');
}

const WHOLE = Number.POSITIVE_INFINITY;
