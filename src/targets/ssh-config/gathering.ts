import type { Block } from './block.ts';
import type { Directive } from './directive.ts';

/** What is said of one host. */
export interface Obtained {
  /** Of each keyword what was obtained first. */
  readonly first: ReadonlyMap<string, Directive>;
  /** Of those that add up, everything, in order. */
  readonly every: ReadonlyMap<string, readonly Directive[]>;
  /** Hosts of which the same is said have the same key. */
  readonly key: string;
}

/** The blocks that hold for a host, and what they say. */
export class Gathering {
  readonly #blocks: Block[] = [];
  /** From this block on it is the second time. */
  #final = Number.POSITIVE_INFINITY;
  /** So many blocks are in the maps. */
  #taken = 0;
  #said: Said | null = null;

  add(block: Block): void {
    this.#blocks.push(block);
  }

  beginFinal(): void {
    this.#final = this.#blocks.length;
    // What was handed out does not change any more.
    this.#said &&= { first: new Map(this.#said.first), every: new Map(this.#said.every) };
  }

  /** Of each keyword what was obtained first until now. */
  soFar(): ReadonlyMap<string, Directive> {
    return this.#gather().first;
  }

  obtained(known: Map<string, Obtained>): Obtained {
    let key = '';
    for (const [at, { index }] of this.#blocks.entries()) {
      key += at === this.#final ? ` final ${String(index)}` : ` ${String(index)}`;
    }
    const before = known.get(key);
    if (before !== undefined) return before;
    const found = { ...this.#gather(), key };
    known.set(key, found);
    return found;
  }

  #gather(): Said {
    const said = (this.#said ??= { first: new Map(), every: new Map() });
    for (; this.#taken < this.#blocks.length; this.#taken += 1) {
      const block = this.#blocks[this.#taken];
      if (block !== undefined) take(block, said, this.#taken >= this.#final);
    }
    return said;
  }
}

interface Said {
  readonly first: Map<string, Directive>;
  readonly every: Map<string, readonly Directive[]>;
}

function take({ directives }: Block, { first, every }: Said, isFinal: boolean): void {
  for (const directive of directives) {
    const { keyword } = directive;
    // The host's name is settled by then.
    if (isFinal && keyword === 'hostname') continue;
    if (!isSaid(keyword, first) && !isShutOut(keyword, first)) first.set(keyword, directive);
    if (ADDING_UP.has(keyword)) every.set(keyword, [...(every.get(keyword) ?? []), directive]);
  }
}

/** A time of `none` is as if nothing were said yet (`parse_time` in OpenSSH's readconf.c). */
function isSaid(keyword: string, first: ReadonlyMap<string, Directive>): boolean {
  const said = first.get(keyword);
  return said !== undefined && !(TIMES.has(keyword) && said.args[0] === 'none');
}

/**
 * Of ProxyJump and ProxyCommand what was said first shuts the other out, where it names jump hosts; that there are none
 * leaves room for a command (`parse_jump` in OpenSSH's readconf.c, as of 10.5).
 */
function isShutOut(keyword: string, first: ReadonlyMap<string, Directive>): boolean {
  if (keyword === 'proxyjump') return first.has('proxycommand');
  if (keyword !== 'proxycommand') return false;
  const jump = first.get('proxyjump');
  return jump !== undefined && jump.rest.toLowerCase() !== 'none';
}

const TIMES: ReadonlySet<string> = new Set(['connecttimeout', 'serveraliveinterval']);
const ADDING_UP: ReadonlySet<string> = new Set(['identityfile', 'certificatefile', 'sendenv']);
