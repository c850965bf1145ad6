import type { JobQuery, ReceiveOptions } from '../../model/query.ts';

/** A query as the part of a URL from the question mark on; what is not asked for is left out. */
export function queryString(query: JobQuery): string {
  const { terms, states, hasMoreData, command, before, after, newest } = query;
  return urlPart({ terms, states, hasMoreData, command, before, after, newest });
}

/** The options of receiving, the same way. `held`: see HeldReading. */
export function receiveString({ keep, streams, hosts }: ReceiveOptions, held = false): string {
  return urlPart({
    keep: keep === true ? true : null,
    held: held ? true : null,
    streams: filter(streams),
    hosts: filter(hosts),
  });
}

/** As a job is once these readings have acknowledged what they hold, the same way. */
export function readingsString(readings: readonly string[]): string {
  return urlPart({ readings });
}

/** In a URL a list of nothing is no list, and would let everything pass. So it is one name that nothing has. */
export const NOTHING = '';

type Value = string | number | boolean | null | undefined | readonly string[];

function filter(names: readonly string[] | null | undefined): readonly string[] | null {
  if (names === null || names === undefined) return null;
  return names.length === 0 ? [NOTHING] : names;
}

function urlPart(fields: Readonly<Record<string, Value>>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    if (value === null || value === undefined) continue;
    if (typeof value === 'object') for (const one of value) parameters.append(name, one);
    else parameters.append(name, String(value));
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}
