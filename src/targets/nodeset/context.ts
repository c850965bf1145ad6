import type { Where } from './fault.ts';

/** What a node set may ask about the world outside its text. */
export interface NodeSetContext {
  /** No set may ever be larger. */
  readonly maxHosts: number;
  /** What to do where that is too little; null: nothing. */
  readonly maxHostsHint: string | null;
  /** Names looked at in all, before duplicates go: bounds expressions that name the same hosts over and over. */
  readonly maxWork: number;
  /** The hosts that wildcards and `@*` mean. */
  readonly hosts: () => Iterable<string>;
  readonly groupNames: () => Iterable<string>;
  /** The hosts of a group; null: there is no such group. */
  readonly group: (name: string) => Iterable<string> | null;
  /** The spelling under which a host is known: names of DNS do not differ by case. */
  readonly canonical: (name: string) => string;
  /** Whether this host is known, also outside the selection. */
  readonly known: (name: string) => boolean;
  /** The hosts in a file that `^FILE` names; it was read before. */
  readonly file: (path: string) => Iterable<string>;
  /** Called for a term that names nothing: throws, or notes a warning where that is allowed. */
  readonly nothing: (finding: NothingNamed) => void;
}

/** A term that names nothing. */
export interface NothingNamed {
  readonly kind: 'group' | 'wildcard' | 'pattern' | 'exclusion' | 'known-exclusion';
  /** Where the expression was written. */
  readonly where: Where;
  /** The term as written. */
  readonly term: string;
  /** What would have been looked up: a group's name, a wildcard, the first host. */
  readonly sought: string;
  /** Of an exclusion: what it could have removed. */
  readonly among: Iterable<string>;
  /** Whether it is part of what is to be taken away. */
  readonly excluding: boolean;
}
