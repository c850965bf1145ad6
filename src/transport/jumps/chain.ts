import type { Target } from '../../model/target.ts';

/** The last of a target's jump hosts, behind those before it; null: none. One object for one list of them. */
export function lastHop({ jump }: Target): Target | null {
  return hopsOf(jump).at(-1) ?? null;
}

/** Every jump host of a list as a target that is reached through those before it. */
export function hopsOf(jump: readonly Target[]): readonly Target[] {
  if (jump.length === 0) return jump;
  const made = HOPS.get(jump);
  if (made !== undefined) return made;
  const hops: Target[] = [];
  for (const [index, hop] of jump.entries()) {
    const before = jump.slice(0, index);
    // One list for one way, so that what is kept for it is found again.
    HOPS.set(before, [...hops]);
    hops.push({ ...hop, jump: before });
  }
  HOPS.set(jump, hops);
  return hops;
}

/** The targets' jump hosts, each way once. */
export function allHops(targets: readonly Target[]): readonly Target[] {
  const ways = new Set<readonly Target[]>();
  for (const { jump } of targets) if (jump.length > 0) ways.add(jump);
  return [...ways].flatMap(hopsOf);
}

const HOPS = new WeakMap<readonly Target[], readonly Target[]>();
