import { safeLine } from '../../base/safe-text.ts';

/**
 * Keeps hosts whose names differ by case only from being used twice: names of DNS do not differ by case (RFC 4343).
 * The spelling that came first is the one that is used. Node sets themselves tell `A1` from `a1`, as ClusterShell does.
 */
export class OneSpelling {
  readonly #named: ReadonlySet<string>;
  /** The first spelling, by the small letters; only of names that have capital ones. */
  readonly #firsts = new Map<string, string>();

  constructor(named: ReadonlySet<string>) {
    this.#named = named;
    const mixed = new Set<string>();
    for (const name of named) {
      const key = keyOf(name);
      if (key !== name) mixed.add(key);
    }
    if (mixed.size === 0) return;
    for (const name of named) {
      const key = keyOf(name);
      if (mixed.has(key) && !this.#firsts.has(key)) this.#firsts.set(key, name);
    }
  }

  /** Each host once, in order. */
  first(): Set<string> {
    if (this.#firsts.size === 0) return new Set(this.#named);
    return new Set([...this.#named].filter((name) => this.of(name) === name));
  }

  /** The spelling that is used for this name; the name itself where it is not among them. */
  of(name: string): string {
    const key = keyOf(name);
    return this.#firsts.get(key) ?? (this.#named.has(key) ? key : name);
  }

  /** Every spelling of the hosts that are left. */
  all(left: ReadonlySet<string>): readonly string[] {
    if (this.#firsts.size === 0) return [...left];
    return [...this.#named].filter((name) => left.has(this.of(name)));
  }

  warnings(left: ReadonlySet<string>): readonly string[] {
    if (this.#firsts.size === 0) return [];
    const others = [...this.#named].filter((name) => {
      const used = this.of(name);
      return used !== name && left.has(used);
    });
    const lines = others
      .slice(0, SHOWN)
      .map((name) => safeLine(`${name} is ${this.of(name)}: names of hosts do not differ by case`));
    const more = others.length - lines.length;
    return more > 0 ? [...lines, `${String(more)} more names differ by case only`] : lines;
  }
}

/** Users do differ by case. */
function keyOf(name: string): string {
  const at = name.lastIndexOf('@') + 1;
  return at === 0 ? name.toLowerCase() : name.slice(0, at) + name.slice(at).toLowerCase();
}

const SHOWN = 5;
