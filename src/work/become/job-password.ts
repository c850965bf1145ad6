import { abortReason, onceAborted, throwIfAborted } from '../../base/abort.ts';
import { Secret } from '../../base/secret.ts';
import type { Become } from '../../model/become.ts';
import type { WorkContext } from '../../model/ports/work.ts';

type Asking = Pick<WorkContext, 'ask' | 'target' | 'signal'>;

/** One child's part in the password that its job is asked for. */
export interface PasswordPart {
  /** What an earlier child was given, and what was right; null: there is nothing of the kind. */
  readonly proven: Secret | null;
  /** null: nobody can be asked. Rejects with the signal's reason when the child is stopped meanwhile. */
  readonly ask: (() => Promise<Secret>) | null;
  /** Whether the child has got its host's leave. The first call counts. */
  settle(isIn: boolean): void;
}

/**
 * The password that one user's hosts want, asked for once a job: the children that want it at once wait for one answer,
 * and who comes later has what was right, also where that is still to be seen. What was wrong is asked for again.
 */
export function passwordPart(become: Become, { ask, target, signal }: Asking): PasswordPart {
  const whose = become.method === 'su' ? become.user : target.user;
  const key = `become ${become.method} ${whose}`;
  const password = jobPassword(become, key);
  const question = {
    key,
    text: `become password of ${whose}@${target.name} (${become.method})`,
    secret: true,
  };
  let mine: Secret | null = null;
  return {
    proven: password.proven,
    ask:
      ask === null
        ? null
        : async () => {
            const known = await password.known(signal);
            if (known !== null) return known;
            mine = new Secret(await ask(question));
            password.tryOut();
            return mine;
          },
    settle: (isIn) => {
      const tried = mine;
      mine = null;
      if (tried !== null) password.settle(isIn ? tried : null);
    },
  };
}

class JobPassword {
  proven: Secret | null = null;
  /** An answer that is tried out, and by how many children. */
  #trial: Trial | null = null;

  /** What was right, once that is seen; null: somebody has to be asked. */
  async known(signal: AbortSignal): Promise<Secret | null> {
    while (this.proven === null && this.#trial !== null) await ended(this.#trial, signal);
    return this.proven;
  }

  tryOut(): void {
    this.#trial ??= newTrial();
    this.#trial.children += 1;
  }

  /** One child has tried it out; null: in vain. */
  settle(password: Secret | null): void {
    this.proven ??= password;
    const trial = this.#trial;
    if (trial === null) return;
    trial.children -= 1;
    if (this.proven === null && trial.children > 0) return;
    this.#trial = null;
    trial.end();
  }
}

interface Trial {
  children: number;
  readonly over: Promise<void>;
  readonly end: () => void;
}

function newTrial(): Trial {
  let end = (): void => undefined;
  const over = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { children: 0, over, end };
}

async function ended({ over }: Trial, signal: AbortSignal): Promise<void> {
  throwIfAborted(signal);
  let dispose = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    dispose = onceAborted(signal, () => reject(abortReason(signal)));
  });
  await Promise.race([over, aborted]).finally(() => dispose());
}

function jobPassword(become: Become, key: string): JobPassword {
  const ofJob = PASSWORDS.get(become) ?? new Map<string, JobPassword>();
  PASSWORDS.set(become, ofJob);
  const password = ofJob.get(key) ?? new JobPassword();
  ofJob.set(key, password);
  return password;
}

/** In memory only, for as long as the job is: its children share what they become. */
const PASSWORDS = new WeakMap<Become, Map<string, JobPassword>>();
