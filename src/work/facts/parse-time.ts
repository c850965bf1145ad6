import type { Facts } from '../../model/facts.ts';
import { decimal, first, pairs, whole, type Said } from './said.ts';

/** The controller's time around the question, in milliseconds. */
export interface Asked {
  readonly at: number;
  readonly answeredAt: number;
}

/**
 * Seconds, offset, nanoseconds; of the last, a date(1) that does not know them says something else. Then it is somewhere in
 * that second, and its middle is taken for how far the clocks are apart.
 */
export function parseTime(said: Said, { at, answeredAt }: Asked): Facts['time'] {
  const [, seconds, zone, nanos] = TIME.exec(first(said, 'time') ?? '') ?? [];
  if (seconds === undefined) return { now: null, offset: null, utcOffset: null };
  const start = Number(seconds) * 1000;
  const fraction = nanos === undefined ? null : Number(nanos) / 1e6;
  const ahead = start + (fraction ?? 500) - (at + answeredAt) / 2;
  return {
    now: new Date(start + Math.floor(fraction ?? 0)).toISOString(),
    offset: Number.isFinite(ahead) ? Math.round(ahead) / 1000 + 0 : null,
    utcOffset: zoneSeconds(zone),
  };
}

/** From /proc/uptime, or from when the kernel says that it began: `{ sec = 1700000000, usec = 0 } Tue Nov 14 ...`. */
export function parseUptime(said: Said, now: string | null): number | null {
  const told = decimal(first(said, 'uptime')?.split(' ')[0]);
  if (told !== null) return told;
  const boot = pairs(said, 'sysctl', ': ').get('kern.boottime') ?? '';
  const since = whole(/^\{ sec = (\d{1,12}),/u.exec(boot)?.[1]);
  if (since === null || now === null) return null;
  const seconds = Math.floor(Date.parse(now) / 1000) - since;
  return seconds >= 0 ? seconds : null;
}

/** From /proc/loadavg, or `{ 0.31 0.29 0.27 }`. */
export function parseLoad(said: Said): Facts['load'] {
  const line = first(said, 'load') ?? pairs(said, 'sysctl', ': ').get('vm.loadavg') ?? '';
  const [one, five, fifteen] = line.replace(/^\{ /u, '').split(' ').slice(0, 3).map(decimal);
  if (typeof one !== 'number' || typeof five !== 'number' || typeof fifteen !== 'number')
    return null;
  return { one, five, fifteen };
}

function zoneSeconds(zone: string | undefined): number | null {
  const [, sign, hours, minutes] = /^([+-])(\d\d)([0-5]\d)$/u.exec(zone ?? '') ?? [];
  if (sign === undefined) return null;
  const seconds = Number(hours) * 3600 + Number(minutes) * 60;
  return sign === '-' && seconds > 0 ? -seconds : seconds;
}

const TIME = /^(\d{1,11})(?: ([+-]\d{4}))?(?: (\d{9})$| |$)/u;
