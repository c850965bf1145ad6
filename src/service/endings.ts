import { crashText } from './log.ts';

/** Where the signals that ask us to end come from: Node's `process`. */
export interface SignalSource {
  on(signal: EndSignal, listener: () => void): unknown;
  off(signal: EndSignal, listener: () => void): unknown;
}

export type EndSignal = 'SIGINT' | 'SIGHUP' | 'SIGTERM';

/** Why a controller ends. */
export type Ending =
  | { readonly kind: 'shutdown' }
  | { readonly kind: 'signal'; readonly signal: EndSignal }
  | { readonly kind: 'idle' }
  | { readonly kind: 'lost' };

export interface Endings {
  /** The first reason to end. */
  readonly first: Promise<Ending>;
  /** An exit status: there is no time left, or nothing can be relied on any more. */
  readonly atOnce: Promise<{ readonly status: number; readonly why: string }>;
  ask(ending: Ending): void;
  /** Signals and errors do again what they do by default. */
  close(): void;
}

/** `detached`: no terminal is ours, and so no hangup is meant for us. */
export function listenForEndings(source: SignalSource, detached: boolean): Endings {
  const first = settler<Ending>();
  const atOnce = settler<{ readonly status: number; readonly why: string }>();
  let asked = false;

  const on = (signal: EndSignal): void => {
    if (signal === 'SIGHUP' && detached) return;
    if (asked) {
      atOnce.resolve({ status: 128 + NUMBERS[signal], why: `a further ${signal}` });
      return;
    }
    asked = true;
    first.resolve({ kind: 'signal', signal });
  };
  const crash = (error: unknown): void =>
    atOnce.resolve({ status: 1, why: `an error of its own: ${crashText(error)}` });

  const listeners = SIGNALS.map((signal) => ({ signal, listener: () => on(signal) }));
  for (const { signal, listener } of listeners) source.on(signal, listener);
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
  return {
    first: first.promise,
    atOnce: atOnce.promise,
    ask: (ending) => {
      asked = true;
      first.resolve(ending);
    },
    close: () => {
      for (const { signal, listener } of listeners) source.off(signal, listener);
      process.off('uncaughtException', crash);
      process.off('unhandledRejection', crash);
    },
  };
}

export function endingText(ending: Ending): string {
  switch (ending.kind) {
    case 'shutdown':
      return 'it was asked to';
    case 'signal':
      return ending.signal;
    case 'idle':
      return 'nothing to do, and nothing to keep';
    case 'lost':
      return 'its socket or the folder is gone or another\u2019s, so that nobody can reach it';
  }
}

function settler<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

const SIGNALS: readonly EndSignal[] = ['SIGINT', 'SIGHUP', 'SIGTERM'];
const NUMBERS: Readonly<Record<EndSignal, number>> = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };
