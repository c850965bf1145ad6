import { setMaxListeners } from 'node:events';

/** Why a signal was aborted, as an error that can be thrown. */
export function abortReason(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
}

export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw abortReason(signal);
}

/** Calls `task` once the signal is aborted; returns what takes that back. */
export function onceAborted(signal: AbortSignal, task: () => void): () => void {
  // One signal may stop a thousand tasks: Node would warn of a leak at the eleventh.
  setMaxListeners(0, signal);
  signal.addEventListener('abort', task, { once: true });
  return () => signal.removeEventListener('abort', task);
}

/** A signal that is never aborted. */
export const NEVER: AbortSignal = new AbortController().signal;
