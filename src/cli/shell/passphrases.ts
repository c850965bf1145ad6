import { Secret } from '../../base/secret.ts';
import type { Access } from '../../model/access.ts';

type Ask = NonNullable<Access['passphrase']>;

/** Asks for each key's passphrase once, however many lines need the key; again only where it was wrong. */
export class RememberedPassphrases {
  readonly #ask: Ask;
  readonly #known = new Map<string, Secret>();
  /** Files that were asked for since the job began: asked again, what is remembered was wrong. */
  readonly #given = new Set<string>();

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  /** The next job begins. */
  nextJob(): void {
    this.#given.clear();
  }

  readonly answer = async (file: string): Promise<string> => {
    const known = this.#known.get(file);
    if (known !== undefined && !this.#given.has(file)) {
      this.#given.add(file);
      return known.use((bytes) => bytes.toString('utf8'));
    }
    known?.erase();
    this.#given.add(file);
    const answer = await this.#ask(file);
    this.#known.set(file, new Secret(answer));
    return answer;
  };

  forget(): void {
    for (const secret of this.#known.values()) secret.erase();
    this.#known.clear();
  }
}
