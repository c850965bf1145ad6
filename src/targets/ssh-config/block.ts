import type { Directive } from './directive.ts';

/** What is said between two conditions. */
export interface Block {
  /** Its position among all blocks. */
  readonly index: number;
  readonly condition: Condition;
  /** The block that included this one's file: where that does not hold, this one does not either. */
  readonly parent: Block | null;
  readonly directives: Directive[];
}

export type Condition =
  | { readonly kind: 'always' }
  /** What follows an Include still stands under the condition before it; so does the beginning of the included file. */
  | { readonly kind: 'as'; readonly block: Block }
  | { readonly kind: 'host'; readonly patterns: readonly HostPattern[] }
  | { readonly kind: 'match'; readonly criteria: readonly Criterion[]; readonly place: string };

export interface HostPattern {
  readonly negated: boolean;
  readonly pattern: string;
}

export interface Criterion {
  readonly name: CriterionName;
  readonly negated: boolean;
  /** A list of patterns, or a command; empty where there is none. */
  readonly argument: string;
}

export type CriterionName =
  | 'all'
  | 'final'
  | 'canonical'
  | 'host'
  | 'originalhost'
  | 'user'
  | 'localuser'
  | 'tagged'
  | 'exec'
  | UnjudgedName;

/** Criteria of newer versions that ask what we do not know: they never hold, and are named. */
export type UnjudgedName = 'localnetwork' | 'version' | 'command' | 'sessiontype';
