import { onceAborted } from '../base/abort.ts';
import { FailureError } from '../model/failure.ts';
import type { JobDefinition } from '../model/definition.ts';
import type { ConnectRequest } from '../model/ports/transport.ts';
import type { ForgetContext, StreamPlaces, WorkKind, WorkSpec } from '../model/ports/work.ts';
import type { Target } from '../model/target.ts';
import type { ChildResources } from './child-resources.ts';
import { comeBack } from './come-back.ts';
import { observerOf } from './observer.ts';
import type { Reacher } from './reach.ts';

/** What the host of one child keeps of its durable work, which has ended. */
export interface Keeping {
  readonly jobId: number;
  readonly childId: number;
  readonly instanceId: string;
  readonly target: Target;
  readonly definition: JobDefinition;
  readonly kind: WorkKind;
  readonly spec: WorkSpec;
  /** How far the work came. */
  readonly places: StreamPlaces;
}

export type ForgetEnd =
  | { readonly kind: 'forgotten' }
  /** It stays there. `why`: safe text. */
  | { readonly kind: 'kept'; readonly why: string }
  /** Nobody knows yet: the signal was given. */
  | { readonly kind: 'left' };

/** Asks the host to forget it, again and again while it is away, until the signal or for a time. Never rejects. */
export async function forgetOnHost(
  keeping: Keeping,
  resources: ChildResources,
  reacher: Reacher,
  signal: AbortSignal,
): Promise<ForgetEnd> {
  const late = new AbortController();
  const timer = reacher.clock.after(PATIENCE_MS, () => late.abort());
  timer.unref();
  const unlisten = onceAborted(signal, () => late.abort());
  const request = requestOf(keeping, late.signal);
  let why = 'it was not reached';
  try {
    for (let round = 0; ; round += 1) {
      if (late.signal.aborted) return signal.aborted ? LEFT : { kind: 'kept', why };
      const connection = resources.connection ?? (await comeBack(reacher, request, round));
      resources.keep(connection);
      try {
        return forgottenOr(await forget(keeping, reacher, () => Promise.resolve(connection)));
      } catch (error) {
        if (!(error instanceof FailureError) || !MAY_DO_BETTER.has(error.failure.code)) throw error;
        why = error.failure.message;
        resources.letGo();
      }
    }
  } catch (error) {
    if (signal.aborted) return LEFT;
    if (late.signal.aborted) return { kind: 'kept', why };
    return { kind: 'kept', why: error instanceof Error ? error.message : String(error) };
  } finally {
    timer.cancel();
    unlisten();
  }
}

async function forget(
  { kind, spec, target, instanceId, places, definition }: Keeping,
  { clock }: Reacher,
  connect: ForgetContext['connect'],
): Promise<string | null> {
  const { become } = definition;
  const context = { clock, target, instanceId, become, places, connect };
  return (await kind.forget?.(spec, context)) ?? null;
}

function forgottenOr(why: string | null): ForgetEnd {
  return why === null ? { kind: 'forgotten' } : { kind: 'kept', why };
}

/** Nobody is asked for it: a person would not know what for. */
function requestOf(
  { target, definition }: Keeping,
  signal: AbortSignal,
): ConnectRequest & { readonly attempted: () => void } {
  const { access, connectTimeoutMs, keepMs } = definition;
  return {
    target,
    access,
    connectTimeoutMs: target.ssh?.connectTimeoutMs ?? connectTimeoutMs,
    jumpTimeoutMs: connectTimeoutMs,
    observer: observerOf(0, () => undefined),
    ask: null,
    keepMs,
    signal,
    attempted: () => undefined,
  };
}

const LEFT: ForgetEnd = { kind: 'left' };
/** Another connection may. */
const MAY_DO_BETTER: ReadonlySet<string> = new Set([
  'lost',
  'no-status',
  'channel-refused',
  'become-timeout',
]);
/** Beyond that a host is away for longer than a controller should try. */
const PATIENCE_MS = 900_000;
