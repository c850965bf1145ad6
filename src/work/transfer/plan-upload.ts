import type { LocalPlan } from './local-plan.ts';

/** What an upload of these paths would send; see local-plan.ts, which is loaded only here. */
export async function planUpload(paths: readonly string[]): Promise<LocalPlan> {
  const plans = await import('./local-plan.ts');
  return plans.planUpload(paths);
}
