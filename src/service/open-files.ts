import { readFileSync } from 'node:fs';

export interface OpenFilesLimit {
  /** What holds: as many files and connections this process may have open. */
  readonly soft: number;
  /** What the soft limit may be raised to without being root. */
  readonly hard: number;
}

/**
 * The limit of open files of this process (proc(5), /proc/PID/limits); null where the system does not tell. Node raises
 * the soft limit to the hard one when it starts, so nothing is to be done where the two are the same.
 */
export function openFilesLimit(): OpenFilesLimit | null {
  let limits: string;
  try {
    limits = readFileSync('/proc/self/limits', 'utf8');
  } catch {
    // Not Linux.
    return null;
  }
  const found = /^Max open files\s+(\d+|unlimited)\s+(\d+|unlimited)/mu.exec(limits);
  if (found === null) return null;
  const [, soft = '', hard = ''] = found;
  return { soft: numberOf(soft), hard: numberOf(hard) };
}

function numberOf(text: string): number {
  return text === 'unlimited' ? Number.MAX_SAFE_INTEGER : Number(text);
}
