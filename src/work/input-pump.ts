import type { Channel } from '../model/ports/transport.ts';

export interface InputPump {
  /** Settles only where the source fails; never rejects. */
  readonly failed: Promise<Error>;
  /** The command takes no more. Does not wait for the source. */
  stop(): void;
}

/** Feeds a command; without a source its input is empty, so that a command that reads it ends. */
export function pumpInput(
  source: (() => AsyncIterable<Uint8Array>) | null,
  channel: Pick<Channel, 'write' | 'endInput'>,
): InputPump {
  if (source === null) {
    channel.endInput();
    return { failed: new Promise(() => undefined), stop: () => undefined };
  }
  let isStopped = false;
  let iterator: AsyncIterator<Uint8Array> | null = null;
  const letGo = (): void => {
    isStopped = true;
    // A source that waits for a person to type closes when it can; what goes wrong with it then harms nobody.
    iterator?.return?.().catch(() => undefined);
    iterator = null;
  };
  const pump = async (): Promise<void> => {
    const bytes = source()[Symbol.asyncIterator]();
    iterator = bytes;
    for (;;) {
      const next = await bytes.next();
      if (isStopped) return;
      if (next.done === true) {
        channel.endInput();
        return;
      }
      if (!(await channel.write(next.value))) {
        letGo();
        return;
      }
    }
  };
  return {
    failed: new Promise((resolve) => {
      pump().catch((error: unknown) => {
        if (!isStopped) resolve(error instanceof Error ? error : new Error(String(error)));
      });
    }),
    stop: letGo,
  };
}
