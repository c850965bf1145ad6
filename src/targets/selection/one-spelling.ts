import { safeLine } from '../../base/safe-text.ts';

/**
 * Keeps hosts whose names differ by case only from being used twice: names of DNS do not differ by case (RFC 4343).
 * The spelling that came first is the one that is used. Node sets themselves tell `A1` from `a1`, as ClusterShell does.
 */
export class OneSpelling {
  readonly #named: ReadonlySet<string>;
  readonly #firsts = new Map<string, string>();

  constructor(named: ReadonlySet<string>) {
    this.#named = named;
    for (const name of named) {
      const key = keyOf(name);
      if (!this.#firsts.has(key)) this.#firsts.set(key, name);
    }
  }

  /** Each host once, in order. */
  first(): Set<string> {
    return new Set(this.#firsts.values());
  }

  /** The spelling that is used for this name; the name itself where it is not among them. */
  of(name: string): string {
    return this.#firsts.get(keyOf(name)) ?? name;
  }

  /** Every spelling of the hosts that are left. */
  all(left: ReadonlySet<string>): readonly string[] {
    if (left.size === this.#named.size) return [...left];
    return [...this.#named].filter((name) => left.has(this.of(name)));
  }

  warnings(left: ReadonlySet<string>): readonly string[] {
    if (this.#named.size === this.#firsts.size) return [];
    const others = [...this.#named].filter(
      (name) => this.of(name) !== name && left.has(this.of(name)),
    );
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
  return name.slice(0, at) + name.slice(at).toLowerCase();
}

const SHOWN = 5;
