import { Secret } from '../../base/secret.ts';
import type { Become } from '../../model/become.ts';
import type { WorkContext } from '../../model/ports/work.ts';

type Asking = Pick<WorkContext, 'ask' | 'target'>;

/**
 * Has the operator asked for the password; null: nobody can be asked. The children of a job that need the same one's
 * password wait for one answer.
 */
export function passwordQuestion(
  become: Become,
  { ask, target }: Asking,
): (() => Promise<Secret>) | null {
  if (ask === null) return null;
  const question = {
    key: keyOf(become, target),
    text: `become password of ${whoseOf(become, target)}@${target.name} (${become.method})`,
    secret: true,
  };
  return async () => new Secret(await ask(question));
}

/** The same with the password that an earlier child of the job was asked for, and that was right. */
export function withProven(become: Become, { target }: Asking): Become {
  if (become.password !== null) return become;
  const password = PROVEN.get(become)?.get(keyOf(become, target)) ?? null;
  return { ...become, password };
}

/** `used` has got a host's leave: who comes later need not be asked again. */
export function remember(become: Become, used: Become | null, { target }: Asking): void {
  const password = used?.password ?? null;
  if (password === null) return;
  const proven = PROVEN.get(become) ?? new Map<string, Secret>();
  PROVEN.set(become, proven.set(keyOf(become, target), password));
}

function keyOf(become: Become, target: WorkContext['target']): string {
  return `become ${become.method} ${whoseOf(become, target)}`;
}

/** Whose password the method wants. */
function whoseOf({ method, user }: Become, target: WorkContext['target']): string {
  return method === 'su' ? user : target.user;
}

/** In memory only, for as long as the job is. The children of a job share what they become. */
const PROVEN = new WeakMap<Become, Map<string, Secret>>();
