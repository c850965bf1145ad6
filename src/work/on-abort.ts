/** A signal as a promise, for a race; disposed of, it holds nothing. */
export interface AbortWaiter {
  readonly happened: Promise<'aborted'>;
  dispose(): void;
}

export function onAbort(signal: AbortSignal): AbortWaiter {
  let listener = (): void => undefined;
  const happened = new Promise<'aborted'>((resolve) => {
    listener = () => resolve('aborted');
    if (signal.aborted) listener();
    else signal.addEventListener('abort', listener, { once: true });
  });
  return { happened, dispose: () => signal.removeEventListener('abort', listener) };
}
