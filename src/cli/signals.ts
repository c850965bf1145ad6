import type { Clock } from '../base/clock.ts';
import type { Shell, StopSignal } from './shell.ts';

/** Listens for the signals that ask us to stop, while a job is in the foreground. */
export interface Interruption {
  /** The signal that came first. */
  readonly first: StopSignal | null;
  /** Resolves with the first signal: the job is to be stopped. */
  readonly asked: Promise<StopSignal>;
  /** Resolves with the second: whoever sent it will not wait. */
  readonly insisted: Promise<StopSignal>;
  /** Aborted with the first signal. */
  readonly signal: AbortSignal;
  /** As if the signal had come. */
  raise(signal: StopSignal): void;
  /** Signals do again what they do by default. */
  close(): void;
}

/** `echoMs`: signals that follow the first this soon are that one again; 0: there are none such. */
export function listenForSignals(shell: Shell, clock: Clock, echoMs: number): Interruption {
  const asked = withResolver<StopSignal>();
  const insisted = withResolver<StopSignal>();
  const abort = new AbortController();
  let first: { readonly signal: StopSignal; readonly at: number } | null = null;

  const raise = (signal: StopSignal): void => {
    if (first === null) {
      first = { signal, at: clock.monotonic() };
      asked.resolve(signal);
      abort.abort(new Error(`stopped by ${stopName(signal)}`));
    } else if (clock.monotonic() - first.at >= echoMs) insisted.resolve(signal);
  };
  const listeners = STOP_SIGNALS.map((signal) => ({ signal, listener: () => raise(signal) }));
  for (const { signal, listener } of listeners) shell.on(signal, listener);
  return {
    get first() {
      return first?.signal ?? null;
    },
    asked: asked.promise,
    insisted: insisted.promise,
    signal: abort.signal,
    raise,
    close: () => {
      for (const { signal, listener } of listeners) shell.off(signal, listener);
    },
  };
}

/** What the operator calls it, and so what a stopped child says it was stopped by. */
export function stopName(signal: StopSignal): string {
  return signal === 'SIGINT' ? 'Ctrl-C' : signal;
}

function withResolver<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

const STOP_SIGNALS: readonly StopSignal[] = ['SIGINT', 'SIGHUP', 'SIGTERM'];

/**
 * npm and npx pass a Ctrl-C on to us that the terminal has sent us already (@npmcli/run-script, signal-manager.js): what
 * comes this soon after the first is that one keypress again, and must not abandon the hosts.
 */
export const NPM_ECHO_MS = 30;
