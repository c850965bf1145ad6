import { AUDIT_OPTIONS } from './audit.ts';
import { BECOME_OPTIONS } from './become.ts';
import { CLEAN_OPTIONS } from './clean.ts';
import { CHECK_OPTIONS, EXECUTION_OPTIONS } from './execution.ts';
import { CONTROLLER_OPTIONS } from './controller.ts';
import { CONNECTION_OPTIONS } from './connection.ts';
import { SSH_OPTIONS } from './ssh.ts';
import { JOB_OPTIONS, RECEIVE_OPTIONS } from './jobs.ts';
import { EACH_OPTIONS } from './each.ts';
import { FACTS_OPTIONS } from './facts.ts';
import { FILE_OPTIONS } from './files.ts';
import { LISTING_OPTIONS, OUTPUT_OPTIONS } from './output.ts';
import { DEMO_OPTIONS } from '../demo/options.ts';
import { ROLLOUT_OPTIONS } from './rollout.ts';
import { SURROUNDINGS_OPTIONS } from './script.ts';
import { SECRET_OPTIONS } from './secrets.ts';
import { TRUST_OPTIONS } from './trust.ts';
import type { OptionSpec, VerbName } from './spec.ts';
import { TARGET_OPTIONS } from './targets.ts';

/** Every option of every verb, in the order in which help texts list them. */
export const ALL_OPTIONS: readonly OptionSpec[] = [
  ...TARGET_OPTIONS,
  ...CONNECTION_OPTIONS,
  ...SSH_OPTIONS,
  ...SECRET_OPTIONS,
  ...EXECUTION_OPTIONS,
  ...SURROUNDINGS_OPTIONS,
  ...BECOME_OPTIONS,
  ...EACH_OPTIONS,
  ...FILE_OPTIONS,
  ...ROLLOUT_OPTIONS,
  ...CHECK_OPTIONS,
  ...CLEAN_OPTIONS,
  ...FACTS_OPTIONS,
  ...TRUST_OPTIONS,
  ...JOB_OPTIONS,
  ...RECEIVE_OPTIONS,
  ...LISTING_OPTIONS,
  ...OUTPUT_OPTIONS,
  ...AUDIT_OPTIONS,
  ...CONTROLLER_OPTIONS,
  ...DEMO_OPTIONS,
];

export function optionsOf(verb: VerbName): readonly OptionSpec[] {
  return ALL_OPTIONS.filter((option) => option.verbs.includes(verb));
}
