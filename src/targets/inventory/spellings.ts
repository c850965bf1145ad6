/**
 * The one spelling of each host: names of DNS do not differ by case (RFC 4343), so WEB1 and web1 are one host, under
 * the name that came first. Costs little where all names are in small letters.
 */
export class Spellings {
  readonly #names = new Set<string>();
  /** Names that are not in small letters only, by their small letters. */
  readonly #mixed = new Map<string, string>();

  find(name: string): string | null {
    if (this.#names.has(name)) return name;
    const small = name.toLowerCase();
    return this.#names.has(small) ? small : (this.#mixed.get(small) ?? null);
  }

  /** Only for a name that `find` does not know. */
  add(name: string): void {
    this.#names.add(name);
    const small = name.toLowerCase();
    if (small !== name) this.#mixed.set(small, name);
  }
}
