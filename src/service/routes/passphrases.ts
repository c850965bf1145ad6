import { Secret } from '../../base/secret.ts';
import { ConfigError } from '../../model/errors.ts';
import type { Passphrases } from '../wire/definition.ts';

/** Stops the preparation of a job: only the client can ask for this passphrase. */
export class PassphraseNeeded extends Error {
  override readonly name = 'PassphraseNeeded';
  readonly file: string;
  /** Whether one was given already, and was wrong. */
  readonly wrong: boolean;

  constructor(file: string, wrong: boolean) {
    super('a key file is encrypted');
    this.file = file;
    this.wrong = wrong;
  }
}

/**
 * The answers that came with a request, each given to the preparation that asks for it: the nth for the nth time it asks
 * for that file. They are for that one preparation, and are erased with it.
 */
export class GivenPassphrases {
  readonly #given: ReadonlyMap<string, readonly Secret[]>;
  readonly #asked = new Map<string, number>();
  #isErased = false;

  constructor(passphrases: Passphrases) {
    const secrets = Object.entries(passphrases).map(
      ([file, texts]) => [file, texts.map((text) => new Secret(text))] as const,
    );
    this.#given = new Map(secrets);
  }

  /** As `Access.passphrase`. Throws PassphraseNeeded where there is no answer (yet). */
  readonly ask = (file: string): Promise<string> => {
    if (this.#isErased) return Promise.reject(notKept(file));
    const count = this.#asked.get(file) ?? 0;
    this.#asked.set(file, count + 1);
    const secret = this.#given.get(file)?.[count];
    if (secret === undefined) return Promise.reject(new PassphraseNeeded(file, count > 0));
    return Promise.resolve(secret.use((bytes) => bytes.toString('utf8')));
  };

  erase(): void {
    this.#isErased = true;
    for (const secrets of this.#given.values()) for (const secret of secrets) secret.erase();
  }
}

/** A job that runs again prepares again, and nobody is there who could be asked. */
function notKept(file: string): ConfigError {
  return new ConfigError(
    'key-file',
    `key file ${file} is encrypted, and its passphrase is not kept`,
    {
      hint: 'ssh-add adds it to an agent',
    },
  );
}
