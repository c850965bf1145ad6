/** The invariants that hold whatever the fault. */
export const INVARIANTS = [
  'every target has one final state',
  'a final state does not change',
  'a parent is a function of its children',
  'what was delivered is what was counted',
  'a command is sent once',
  'no more run at once than the fanout',
  'events have no gap and no repeat',
  'wait returns when the parent is final',
  'no secret leaves',
  'nothing that a terminal obeys',
  'nothing is left',
  'a restart loses nothing',
  'a message is one short safe line',
] as const;

export type Invariant = (typeof INVARIANTS)[number];

export interface Violation {
  readonly invariant: Invariant;
  readonly text: string;
}

export function violation(invariant: Invariant, text: string): Violation {
  return { invariant, text };
}
