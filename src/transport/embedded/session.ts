import { abortReason } from '../../base/abort.ts';
import type { ServerChannel, Session } from '../ssh2.ts';
import { runCommandLine } from './command.ts';
import type { CommandIo } from './commands.ts';

/** What a session of an embedded host knows of the host and the login around it. */
export type SessionContext = Pick<CommandIo, 'profile' | 'user' | 'clock'> & {
  /** Aborted when the connection is gone. */
  readonly gone: AbortSignal;
};

/**
 * Answers one session channel (RFC 4254 section 6) of an embedded host: one command, run in this process. A request
 * for a shell, or for a command that would be one, is refused at once: whoever asks for one to end another command
 * then falls back to the signal request, which is honoured.
 */
export function serveSession(session: Session, context: SessionContext): void {
  const environment = new Map<string, string>();
  const kill = new AbortController();

  session.on('env', (accept, _reject, { key, val }) => {
    environment.set(key, val);
    accept?.();
  });
  session.on('pty', (accept) => accept?.());
  session.on('eof', () => keepTakingRequests(session));
  session.on('signal', (_accept, _reject, { name }) => {
    if (DEADLY.has(name)) kill.abort(new Killed(name));
  });
  session.on('close', () => kill.abort(new Killed('HUP')));
  session.on('exec', (accept, reject, { command }) => {
    if (SHELL.test(command)) {
      reject();
      return;
    }
    const channel = accept();
    // An error of a channel is the end of its connection, which `gone` tells.
    channel.on('error', () => undefined);
    const signal = AbortSignal.any([kill.signal, context.gone]);
    const { profile, user, clock } = context;
    const io: CommandIo = {
      profile,
      user,
      clock,
      environment,
      signal,
      // Else the end of the input would destroy the channel before the exit status is sent.
      input: channel.iterator({ destroyOnReturn: false }),
      output: (data) => write(channel, data, signal),
      error: (data) => write(channel.stderr, data, signal),
    };
    void Promise.race([runCommandLine(command, io), whenAborted(signal)])
      .then(
        (status) => channel.exit(status),
        (reason: unknown) => {
          if (reason instanceof Killed) channel.exit(reason.signalName, false, '');
        },
      )
      .finally(() => {
        // Input that nobody read would keep the channel in memory.
        channel.resume();
        channel.end();
      });
  });
}

/** The command was ended by a signal. */
class Killed extends Error {
  override readonly name = 'Killed';
  readonly signalName: string;

  constructor(signalName: string) {
    super(`killed by ${signalName}`);
    this.signalName = signalName;
  }
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = (): void => reject(abortReason(signal));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}

/** Resolves when the client's window took it all: a reader that is slow slows the command. Rejects when it is ended. */
function write(
  stream: ServerChannel | ServerChannel['stderr'],
  data: string | Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    // ssh2 never calls back for what was pending when a channel closed.
    const abort = (): void => reject(abortReason(signal));
    if (signal.aborted) {
      abort();
      return;
    }
    signal.addEventListener('abort', abort, { once: true });
    stream.write(data, () => {
      signal.removeEventListener('abort', abort);
      resolve();
    });
  });
}

/**
 * After the client's end of file ssh2's server drops every further request on the session, the signal that should
 * end the command among them; RFC 4254 section 5.3 lets requests follow an end of file.
 */
function keepTakingRequests(session: Session): void {
  const state: Session & { _ending?: boolean } = session;
  // ssh2 emits `eof` before it reads the flag again, at the next request.
  state._ending = false;
}

/** The signals of RFC 4254 section 6.10: each of them ends a program that does not catch it. */
const DEADLY: ReadonlySet<string> = new Set(
  'ABRT ALRM FPE HUP ILL INT KILL PIPE QUIT SEGV TERM USR1 USR2'.split(' '),
);
/** A line that hands over to a shell. */
const SHELL = /^\s*(?:exec\s+)?(?:\/usr)?(?:\/bin\/)?(?:ba|da|z|k)?sh\b/u;
