import { Secret } from '../../base/secret.ts';
import type { Become } from '../../model/become.ts';
import type { WorkContext } from '../../model/ports/work.ts';

/**
 * Has the operator asked for the password; null: nobody can be asked. All hosts on which the same one's password is needed wait for one answer.
 */
export function passwordQuestion(
  { method, user }: Become,
  { ask, target }: WorkContext,
): (() => Promise<Secret>) | null {
  if (ask === null) return null;
  const whose = method === 'su' ? user : target.user;
  const question = {
    key: `become ${method} ${whose}`,
    text: `become password of ${whose}@${target.name} (${method})`,
    secret: true,
  };
  return async () => new Secret(await ask(question));
}
