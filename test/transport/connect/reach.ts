import { rmSync } from 'node:fs';
import { expect, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { FailureError, type Failure, type Phase } from '../../../src/model/failure.ts';
import type { Access } from '../../../src/model/access.ts';
import type {
  AskedQuestion,
  Channel,
  ChannelListener,
  Connection,
  ConnectRequest,
  Transport,
} from '../../../src/model/ports/transport.ts';
import type { Target } from '../../../src/model/target.ts';
import { createTransport, type TransportOptions } from '../../../src/transport/transport.ts';
import { temporaryFolder } from '../../setup/run-folder.ts';

export interface PassedPhase {
  readonly phase: Phase;
  readonly ms: number;
  readonly detail: string | null;
}

export interface RequestNotes {
  readonly phases: PassedPhase[];
  readonly trace: string[];
  readonly warnings: string[];
}

export function notes(): RequestNotes {
  return { phases: [], trace: [], warnings: [] };
}

/** What a controller would ask for. */
export function request(
  target: Target,
  access: Access,
  options: {
    readonly timeoutMs?: number;
    readonly signal?: AbortSignal;
    readonly notes?: RequestNotes;
    readonly traced?: boolean;
    readonly ask?: (question: AskedQuestion) => Promise<string>;
    readonly keepMs?: number;
  } = {},
): ConnectRequest {
  const { timeoutMs = 10_000, signal = new AbortController().signal, traced = false } = options;
  const { phases, trace, warnings } = options.notes ?? notes();
  return {
    target,
    access,
    connectTimeoutMs: timeoutMs,
    signal,
    ask: options.ask ?? null,
    keepMs: options.keepMs ?? null,
    observer: {
      phase: (phase, ms, detail) => phases.push({ phase, ms, detail }),
      trace: traced ? (text) => trace.push(text) : null,
      warning: (text) => warnings.push(text),
    },
  };
}

/** A transport that is closed when the test is over. */
export async function withTransport<T>(
  use: (transport: Transport) => Promise<T>,
  options: Partial<TransportOptions> = {},
): Promise<T> {
  const transport = createTransport({ clock: systemClock, keepMs: 0, ...options });
  try {
    return await use(transport);
  } finally {
    await transport.close();
  }
}

/** One connection, prepared for. */
export async function connectTo(
  transport: Transport,
  target: Target,
  access: Access,
  options: Parameters<typeof request>[2] = {},
): Promise<Connection> {
  await transport.prepare([target], access, true);
  return transport.connect(request(target, access, options));
}

/** The failure that a promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof FailureError) return error.failure;
    throw error;
  }
  throw new Error('this should have failed');
}

export interface Heard extends ChannelListener {
  readonly output: () => string;
  readonly error: () => string;
  readonly outputBytes: () => Buffer;
}

export function heard(): Heard {
  const chunks: Record<'output' | 'error', Uint8Array[]> = { output: [], error: [] };
  const bytes = (stream: 'output' | 'error'): Buffer => Buffer.concat(chunks[stream]);
  return {
    data: (stream, data) => void chunks[stream].push(data),
    output: () => bytes('output').toString(),
    error: () => bytes('error').toString(),
    outputBytes: () => bytes('output'),
  };
}

/** Runs a command without input to its end; with `none`, the host is told so with the command. */
export async function run(
  connection: Connection,
  command: string,
  input?: 'none',
): Promise<{
  readonly end: Awaited<Channel['ended']>;
  readonly output: string;
  readonly error: string;
}> {
  const listener = heard();
  const channel = await connection.exec(command, listener, input && { input });
  channel.endInput();
  const end = await channel.ended;
  return { end, output: listener.output(), error: listener.error() };
}

/** A host or a fleet that is stopped when the test is over, however it ends. */
export async function started<Host extends { stop(): Promise<void> }>(
  starting: Promise<Host>,
): Promise<Host> {
  const host = await starting;
  onTestFinished(() => host.stop());
  return host;
}

/** A folder that is removed when the test is over. */
export function testFolder(): string {
  const folder = temporaryFolder();
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function matching(pattern: RegExp | string): unknown {
  return typeof pattern === 'string'
    ? expect.stringContaining(pattern)
    : expect.stringMatching(pattern);
}
