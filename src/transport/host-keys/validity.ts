import { isoTime } from '../../base/clock.ts';
import type { Certificate } from './certificate.ts';

/** Why a certificate is of no use now: a phrase that follows its name. null: it is valid. `now`: wall time, milliseconds. */
export function untimely(
  { validAfter, validBefore }: Pick<Certificate, 'validAfter' | 'validBefore'>,
  now: number,
): string | null {
  const seconds = BigInt(Math.floor(now / 1000));
  if (seconds < validAfter) return `is valid only from ${timeOf(validAfter)}`;
  if (seconds >= validBefore) return `expired at ${timeOf(validBefore)}`;
  return null;
}

/** Seconds since the epoch in 64 bits, most of which no calendar has. */
function timeOf(seconds: bigint): string {
  return seconds > LAST_SECOND ? 'never' : `${isoTime(Number(seconds) * 1000).slice(0, 19)}Z`;
}

/** The end of the year 9999. */
const LAST_SECOND = 253_402_300_799n;
