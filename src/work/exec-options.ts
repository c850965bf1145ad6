import type { ExecOptions, TtySize } from '../model/ports/transport.ts';
import type { WorkContext } from '../model/ports/work.ts';

/** What a command gets beside its text. */
export interface CommandExtras {
  /** Variables the server is asked to set, besides those of the target's settings. */
  readonly env?: Readonly<Record<string, string>>;
  /** A terminal of this size; null: none, unless the target's settings want one. */
  readonly tty?: TtySize | null;
}

/** What goes with a command, as its target's settings and its own say. */
export function execOptions({ target, input }: WorkContext, extras: CommandExtras): ExecOptions {
  const { ssh } = target;
  const env = { ...ssh?.env, ...extras.env };
  const wantsTty = ssh?.tty === 'yes' || ssh?.tty === 'force';
  const tty = extras.tty ?? (wantsTty ? USUAL_TERMINAL : null);
  return {
    ...(Object.keys(env).length === 0 ? {} : { env }),
    ...(ssh?.forwardAgent === true ? { forwardAgent: true } : {}),
    // The end of the input of a terminal is a character (termios(3), VEOF).
    ...(tty === null ? (input === null ? { input: 'none' } : {}) : { tty }),
  };
}

const USUAL_TERMINAL: TtySize = { columns: 80, rows: 24 };
