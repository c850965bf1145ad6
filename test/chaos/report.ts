import { randomInt } from 'node:crypto';
import type { ChaosResult } from './chaos.ts';
import type { Timed } from './history.ts';

export function randomSeed(): number {
  return randomInt(1, 2 ** 32);
}

/** One line: what the run was made of. */
export function summary({ history, violations }: ChaosResult): string {
  const { entries } = history;
  const count = (is: (entry: Timed) => boolean): number => entries.filter(is).length;
  const acts = new Map<string, number>();
  for (const entry of entries) {
    if (entry.what === 'act') acts.set(entry.act, (acts.get(entry.act) ?? 0) + 1);
  }
  const begun = entries.find(({ what }) => what === 'begun');
  const kept = entries.find(({ what }) => what === 'kept');
  const canFill = entries.some((entry) => entry.what === 'small' && entry.hosts.length > 0);
  return [
    `${count(({ what }) => what === 'asked')} jobs`,
    `${begun?.what === 'begun' ? begun.lines.length : 0} commands begun`,
    `${count(({ what }) => what === 'record')} records`,
    ...(canFill ? [] : ['NO DISK WAS FILLED: this machine mounts none']),
    [...acts].map(([act, times]) => `${act} × ${times}`).join(', '),
    `${kept?.what === 'kept' ? kept.folders.length : 0} folders forgotten late`,
    `${Math.round((entries.at(-1)?.ms ?? 0) / 1000)} s`,
    `${violations.length} violations`,
  ].join('; ');
}

/** What was broken, with the lines of the history that show it. */
export function report(seed: number, { history, violations }: ChaosResult): string {
  const shown = violations.slice(0, MOST_SHOWN).map(({ invariant, text, lines }) => {
    const evidence = lines.slice(0, MOST_LINES).map((line) => {
      const entry = JSON.stringify(concise(history.entries[line], text)) ?? '';
      return `\n  line ${line + 1}: ${entry.slice(0, MOST_LETTERS)}`;
    });
    return `${invariant}: ${text}${evidence.join('')}`;
  });
  return [`chaos: seed ${seed}: ${violations.length} violations`, ...shown, history.file].join(
    '\n',
  );
}

/** Of a job's children only those that the text names, where it names some. */
function concise(entry: Timed | undefined, text: string): object | undefined {
  if (entry?.what !== 'seen') return entry;
  const named = entry.children.filter(({ host }) => text.includes(` ${host}:`));
  return named.length === 0 ? entry : { ...entry, children: named };
}

const MOST_SHOWN = 20;
const MOST_LINES = 6;
const MOST_LETTERS = 600;
