/**
 * The one spelling of each host: names of DNS do not differ by case (RFC 4343), so WEB1 and web1 are one host, under
 * the name that came first. Holds only names that are not in small letters: where there are none, it costs nothing.
 */
export class Spellings {
  readonly #isKnown: (name: string) => boolean;
  /** By their small letters. */
  readonly #mixed = new Map<string, string>();

  /** `isKnown` tells whether a host of exactly this name was added. */
  constructor(isKnown: (name: string) => boolean) {
    this.#isKnown = isKnown;
  }

  find(name: string): string | null {
    if (this.#isKnown(name)) return name;
    const small = name.toLowerCase();
    if (small !== name && this.#isKnown(small)) return small;
    return this.#mixed.get(small) ?? null;
  }

  /** Only for a name that `find` does not know. */
  add(name: string): void {
    const small = name.toLowerCase();
    if (small !== name) this.#mixed.set(small, name);
  }
}
