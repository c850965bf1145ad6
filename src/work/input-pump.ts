import type { Channel } from '../model/ports/transport.ts';
import type { RemoteCommand } from './remote-command.ts';
import { TypedInput } from './typed-input.ts';

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
  through: RemoteCommand['input'] = 'pipe',
): InputPump {
  const sink = sinkFor(channel, through);
  if (source === null) {
    void sink.end();
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
        await sink.end();
        return;
      }
      if (!(await sink.write(next.value))) {
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

/** These bytes are for a reader of ours, which takes them as they are also where it reads from a terminal. */
export function asTheyAre(bytes: Uint8Array): Uint8Array {
  AS_THEY_ARE.add(bytes);
  return bytes;
}

interface Sink {
  write(bytes: Uint8Array): Promise<boolean>;
  end(): Promise<unknown>;
}

/** On a terminal the end is a character that says so at the begin of a line (termios(3), VEOF). */
function sinkFor(
  channel: Pick<Channel, 'write' | 'endInput'>,
  through: RemoteCommand['input'],
): Sink {
  switch (through) {
    case 'pipe':
      return { write: (bytes) => channel.write(bytes), end: async () => channel.endInput() };
    case 'own-terminal': {
      const typed = new TypedInput();
      return {
        write: (bytes) => channel.write(AS_THEY_ARE.has(bytes) ? bytes : typed.next(bytes)),
        end: () => channel.write(typed.end),
      };
    }
    case 'terminal': {
      let isAtLineBegin = true;
      return {
        write: (bytes) => {
          if (!AS_THEY_ARE.has(bytes)) isAtLineBegin = bytes.at(-1) === LINE_FEED;
          return channel.write(bytes);
        },
        end: () =>
          channel.write(isAtLineBegin ? END_OF_FILE : Buffer.concat([END_OF_FILE, END_OF_FILE])),
      };
    }
  }
}

const AS_THEY_ARE = new WeakSet<Uint8Array>();
const END_OF_FILE = Buffer.from([0x04]);
const LINE_FEED = 0x0a;
