import type { Where } from './fault.ts';

/** What a node-set expression is made of, once it is parsed. Evaluated from left to right, without precedence. */
export type Operator = ',' | '!' | '&' | '^';

export interface Step {
  /** How this term joins what is on its left; the first one's is a union. */
  readonly operator: Operator;
  readonly term: Term;
}

export type Chain = readonly Step[];

export type Term =
  | { readonly kind: 'names'; readonly text: string; readonly parts: readonly Part[] }
  | { readonly kind: 'wildcard'; readonly text: string; readonly parts: readonly Part[] }
  /** `@web`, `@rack[1-3]`. The parts are those of the group's name. */
  | { readonly kind: 'group'; readonly text: string; readonly parts: readonly Part[] }
  /** `@*`: every host of the inventory. */
  | { readonly kind: 'all'; readonly text: string }
  /** `@@`: the names of the groups, as a set. */
  | { readonly kind: 'group-names'; readonly text: string }
  /** pdsh's `^FILE`: one node set a line. */
  | { readonly kind: 'file'; readonly text: string; readonly path: string }
  | { readonly kind: 'set'; readonly text: string; readonly chain: Chain };

export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'ranges'; readonly ranges: readonly Range[] };

/** `first`, `first + step`, ... `count` numbers, written with at least `width` digits. */
export interface Range {
  /** bigint past the integers that a number holds exactly. */
  readonly first: number | bigint;
  readonly step: number | bigint;
  readonly count: number;
  /** 0: no padding. */
  readonly width: number;
}

/** pdsh's `/regex/` items. */
export interface Pattern {
  readonly text: string;
  readonly regex: RegExp;
}

/** One whole expression. pdsh's items act on everything that was selected, so they stand beside the chain. */
export interface Expression {
  /** Where it was written: an option, or a file and line. Begins every message about it. */
  readonly where: Where;
  readonly text: string;
  readonly chain: Chain;
  /** `-web3`, `-^FILE`: taken away from the selection, wherever they stand. */
  readonly drop: readonly Term[];
  /** `/regex/`: only hosts that match stay. */
  readonly keepMatching: readonly Pattern[];
  /** `-/regex/`: hosts that match go. */
  readonly dropMatching: readonly Pattern[];
}
