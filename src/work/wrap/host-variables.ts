import type { Json } from '../../model/json.ts';
import type { WorkContext } from '../../model/ports/work.ts';

/** What a command's environment says of its job and its host; each name is a shell's. */
export function hostVariables({
  target,
  jobId,
  index,
  total,
}: Pick<WorkContext, 'target' | 'jobId' | 'index' | 'total'>): Readonly<Record<string, string>> {
  const variables: Record<string, string> = {
    MUSTER_HOST: target.name,
    MUSTER_JOB: String(jobId),
    MUSTER_INDEX: String(index),
    MUSTER_TOTAL: String(total),
  };
  for (const [name, value] of Object.entries(target.vars)) {
    const text = variableText(value);
    const safe = `MUSTER_VAR_${name.replaceAll(/\W/gu, '_').toUpperCase()}`;
    // An environment has no place for NUL, nor a request to set one for very much. Of names that become one, the first is it.
    if (!text.includes('\0') && text.length <= LONGEST) variables[safe] ??= text;
  }
  return variables;
}

/** An inventory's variable as text: lists and maps as JSON, nothing as nothing. */
export function variableText(value: Json): string {
  if (value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** In characters. Linux takes 131,072 bytes for one variable, and SSH has to carry a request in one packet of 32,768. */
const LONGEST = 8_192;
