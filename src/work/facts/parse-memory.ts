import type { Amounts, Facts } from '../../model/facts.ts';
import { all, decimal, first, pairs, text, whole, type Said } from './said.ts';

/** proc(5), sysctl(8). */
export function parseCpu(said: Said): Facts['cpu'] {
  const sysctl = pairs(said, 'sysctl', ': ');
  const isMac = sysctl.has('hw.memsize');
  const model = isMac ? sysctl.get('machdep.cpu.brand_string') : sysctl.get('hw.model');
  const told = whole(sysctl.get('hw.logicalcpu') ?? sysctl.get('hw.ncpu'));
  return { count: countOf(first(said, 'cpus')) ?? told, model: text(first(said, 'cpu') ?? model) };
}

/** Of what is free, that which others only borrow is part: what a program could have. */
export function parseMemory(said: Said): Amounts {
  const linux = pairs(said, 'mem', ':');
  if (linux.has('MemTotal')) {
    const of = (key: string): number | null => whole(linux.get(key), 1024);
    // Kernels before 3.14 do not tell.
    const guess = sum([of('MemFree'), of('Buffers'), of('Cached')]);
    return amounts(of('MemTotal'), of('MemAvailable') ?? guess);
  }
  const sysctl = pairs(said, 'sysctl', ': ');
  if (sysctl.has('hw.memsize')) return amounts(whole(sysctl.get('hw.memsize')), macFree(said));
  const pages = sum(
    ['free_count', 'inactive_count', 'cache_count']
      .map((key) => sysctl.get(`vm.stats.vm.v_${key}`))
      .filter((value) => value !== undefined)
      .map((value) => whole(value)),
  );
  return amounts(whole(sysctl.get('hw.physmem')), times(pages, whole(sysctl.get('hw.pagesize'))));
}

/** vm_stat(1): pages of a size that is in its first line. */
function macFree(said: Said): number | null {
  const told = pairs(said, 'vm_stat', ':');
  const size = /\(page size of (\d{1,9}) bytes\)/u.exec(first(said, 'vm_stat') ?? '')?.[1];
  const pages = ['Pages free', 'Pages inactive', 'Pages speculative'].map((key) =>
    whole(told.get(key)?.replace(/\.$/u, '')),
  );
  return times(sum(pages), whole(size));
}

export function parseSwap(said: Said): Amounts {
  const linux = pairs(said, 'mem', ':');
  if (linux.has('SwapTotal')) {
    return amounts(whole(linux.get('SwapTotal'), 1024), whole(linux.get('SwapFree'), 1024));
  }
  const mac = pairs(said, 'sysctl', ': ').get('vm.swapusage');
  if (mac !== undefined) {
    // total = 2048.00M  used = 1024.50M  free = 1023.50M  (encrypted)
    const total = /\btotal = ([\d.]{1,20})M/u.exec(mac)?.[1];
    const free = /\bfree = ([\d.]{1,20})M/u.exec(mac)?.[1];
    return amounts(megabytes(total), megabytes(free));
  }
  return bsdSwap(all(said, 'swapinfo'));
}

/** swapinfo(8), in units of 1024: a header, then each device, and a sum of more than one, which is passed over. */
function bsdSwap(lines: readonly string[]): Amounts {
  if (lines.length === 0) return amounts(null, null);
  const devices = lines.filter((line) => line.startsWith('/')).map((line) => line.split(/\s+/u));
  return amounts(
    sum([0, ...devices.map((words) => whole(words[1], 1024))]),
    sum([0, ...devices.map((words) => whole(words[3], 1024))]),
  );
}

function amounts(total: number | null, free: number | null): Amounts {
  const used = total === null || free === null ? null : total - free;
  return { total, used: used === null ? null : Math.max(used, 0), free };
}

/** Of a list as the kernel writes it: `0-3,6`. */
function countOf(list: string | null): number | null {
  let count = 0;
  for (const part of (list ?? '').split(',')) {
    const [, from, to] = /^(\d{1,6})(?:-(\d{1,6}))?$/u.exec(part) ?? [];
    if (from === undefined) return null;
    count += to === undefined ? 1 : Math.max(Number(to) - Number(from) + 1, 0);
  }
  return count > 0 ? count : null;
}

function megabytes(value: string | undefined): number | null {
  const number = decimal(value);
  return number === null ? null : safe(Math.round(number * 1024 * 1024));
}

function sum(values: readonly (number | null)[]): number | null {
  let total = 0;
  for (const value of values) {
    if (value === null) return null;
    total += value;
  }
  return values.length === 0 ? null : safe(total);
}

function times(count: number | null, size: number | null): number | null {
  return count === null || size === null ? null : safe(count * size);
}

function safe(number: number): number | null {
  return Number.isSafeInteger(number) ? number : null;
}
