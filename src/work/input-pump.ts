import type { Channel } from '../model/ports/transport.ts';

export interface InputPump {
  /** Settles only where the source fails; never rejects. */
  readonly failed: Promise<Error>;
  /** The command takes no more. Does not wait for the source. */
  stop(): void;
}

/**
 * Feeds a command; without a source its input is empty, so that a command that reads it ends. On a terminal the end is a
 * character that says so at the begin of a line (termios(3), VEOF).
 */
export function pumpInput(
  source: (() => AsyncIterable<Uint8Array>) | null,
  channel: Pick<Channel, 'write' | 'endInput'>,
  isOnTty = false,
): InputPump {
  let isAtLineBegin = true;
  const end = async (): Promise<void> => {
    if (isOnTty) await channel.write(isAtLineBegin ? END_OF_FILE : TWICE);
    else channel.endInput();
  };
  if (source === null) {
    void end();
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
        await end();
        return;
      }
      isAtLineBegin = next.value.at(-1) === LINE_FEED;
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

const END_OF_FILE = Buffer.from([0x04]);
/** In the middle of a line the first one only ends that. */
const TWICE = Buffer.from([0x04, 0x04]);
const LINE_FEED = 0x0a;
