import type { Reach } from '../model/ports/transport.ts';
import type { WorkKind } from '../model/ports/work.ts';
import { checkKind, type CheckSpec } from './check.ts';
import { commandKind, type CommandSpec } from './command.ts';
import { localKind } from './local/local.ts';
import { threadKind } from './thread/thread.ts';

export { localSpec, type LocalOptions } from './local/spec.ts';
export {
  threadSpec,
  type ThreadContext,
  type ThreadFunction,
  type ThreadModule,
} from './thread/spec.ts';

/** What every controller can do. */
export const builtInKinds: readonly WorkKind[] = [commandKind, checkKind, localKind, threadKind];

export interface CommandOptions {
  /** Lines like `::warning::text` become records of that stream. Default false. */
  readonly markers?: boolean;
  /** Lines that hold a JSON object become structured records. Default false. */
  readonly records?: boolean;
}

/** The command as the remote shell is to see it. */
export function commandSpec(command: string, options: CommandOptions = {}): CommandSpec {
  const { markers = false, records = false } = options;
  return { kind: 'command', command, markers, records };
}

export interface CheckOptions {
  /** Default 1. */
  readonly count?: number;
  /** Milliseconds from probe to probe. Default 1000. */
  readonly intervalMs?: number;
}

export function checkSpec(until: Reach, options: CheckOptions = {}): CheckSpec {
  return {
    kind: 'check',
    until,
    count: options.count ?? 1,
    intervalMs: options.intervalMs ?? 1000,
  };
}
