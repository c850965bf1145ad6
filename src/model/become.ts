import type { Secret } from '../base/secret.ts';

/** As whom commands run on the hosts, where that is not who logs in. */
export interface Become {
  readonly method: BecomeMethod;
  /** Default root. */
  readonly user: string;
  /**
   * The password that the method may ask for: for sudo and doas the one of who logs in, for su the other user's. null: none
   * was given; whether it can be asked for, the job's Access says.
   */
  readonly password: Secret | null;
}

export type BecomeMethod = 'sudo' | 'doas' | 'su';

export const BECOME_METHODS: readonly BecomeMethod[] = ['sudo', 'doas', 'su'];

/** Whether a text can be the name of a user: what neither a method nor /etc/passwd can take for anything else. */
export function isUserName(text: string): boolean {
  return /^[^-\s:\0][^\s:\0]*$/u.test(text);
}
