import type { Target } from '../model/target.ts';

export interface ChildIdentity {
  readonly id: number;
  readonly parentId: number;
  readonly name: string;
  readonly command: string;
  readonly target: Target;
  readonly item: string | null;
  /** Position in the job, from 0. */
  readonly index: number;
}

/** One counter for parents and children together, from 1; a parent and its children are reserved as one block. */
export class IdCounter {
  #next = 1;

  /** Takes `size` consecutive ids and returns the first. No two blocks overlap, whatever starts in between. */
  reserve(size: number): number {
    const first = this.#next;
    this.#next += size;
    return first;
  }

  /** These are taken already. */
  skip(first: number, size: number): void {
    this.#next = Math.max(this.#next, first + size);
  }
}

/** The parent's name: the template without `{host}`, trimmed of what joined it; `JobN` where nothing is left. */
export function parentName(template: string | null, id: number): string {
  if (template === null) return defaultName(id);
  const name = template.replaceAll(HOST, '').replace(/^[-_]+|[-_]+$/gu, '');
  return name === '' ? defaultName(id) : name;
}

/** A child's name: the template with its host where the template has `{host}`, else `JobN`, as PowerShell has it. */
export function childName(template: string | null, id: number, host: string): string {
  return template !== null && template.includes(HOST)
    ? template.replaceAll(HOST, host)
    : defaultName(id);
}

function defaultName(id: number): string {
  return `Job${id}`;
}

const HOST = '{host}';
