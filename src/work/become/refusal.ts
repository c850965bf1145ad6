import { safeLine } from '../../base/safe-text.ts';
import type { Become } from '../../model/become.ts';
import { FAILURE_PHASES, FailureError, type FailureCode } from '../../model/failure.ts';
import type { ChannelEnd } from '../../model/ports/transport.ts';
import type { Target } from '../../model/target.ts';
import type { Dialog } from './dialog.ts';

/** Nothing of the command was run. `message` may hold remote text. */
export function becomeFailure(
  code: FailureCode,
  message: string,
  via: string | null = null,
): FailureError {
  const phase = FAILURE_PHASES[code];
  return new FailureError({
    phase,
    code,
    message: safeLine(message),
    mayHaveRun: false,
    via,
  });
}

/** Who becomes whom, by which method, where, and how far that came. */
export interface Circumstances {
  readonly become: Become;
  readonly target: Target;
  readonly dialog: Dialog;
}

/** What it means that the method ended before the other user's shell was there. */
export function refused(here: Circumstances, end: ChannelEnd): FailureError {
  const { become, target, dialog } = here;
  const { method } = become;
  switch (end.kind) {
    case 'lost':
      return becomeFailure(
        'lost',
        `${end.reason.replace(/; the command may still run.*/u, '')}, before ${method} had answered`,
        end.via,
      );
    case 'closed':
    case 'no-status':
      return becomeFailure(
        'no-status',
        `${target.name} ended ${method} without an answer; nothing was run`,
      );
    case 'signal':
    case 'exit':
      break;
  }
  const said = lastWords(here);
  if (!dialog.hasAsked) {
    return becomeFailure('become-missing', `${target.name} has no shell to call ${method}${said}`);
  }
  if (end.kind === 'exit' && (end.code === 127 || end.code === 126)) {
    return becomeFailure('become-missing', `${target.name} has no ${method}${said}`);
  }
  if (become.password === null && /authentication required|password is required/iu.test(said)) {
    return noPassword(here);
  }
  return becomeFailure('become-denied', `${who(here)} was refused${said}`);
}

/** It was sent, and something is asked for again: sudo shows our prompt for whatever PAM asks, and says when it was wrong. */
export function askedAgain(here: Circumstances): FailureError {
  const { become, dialog } = here;
  return becomeFailure(
    'become-denied',
    become.method === 'sudo' && dialog.reply.trim() === ''
      ? `${who(here)} asks for more than a password, and only that can be given`
      : `${who(here)} was refused the password${lastWords(here)}`,
  );
}

export function noPassword(here: Circumstances): FailureError {
  return becomeFailure(
    'become-denied',
    `${who(here)} needs a password, and none was given (--ask-become-pass)`,
  );
}

export function noProgress(here: Circumstances, limitMs: number): FailureError {
  return becomeFailure(
    'become-timeout',
    `${who(here)} was not answered within ${limitMs / 1000} s${lastWords(here)}`,
  );
}

/** Whether the method did not wait for the password. */
export function hasExpired({ dialog }: Circumstances): boolean {
  return /timed out/iu.test(dialog.said);
}

/** Whether the method works on a terminal only; doas does where it has to ask. One that has asked already needs none. */
export function wantsTerminal({ become, dialog }: Circumstances, mayAsk: boolean): boolean {
  if (dialog.prompts > 0 || !dialog.hasAsked) return false;
  if (/\btty\b|\bterminal\b/iu.test(dialog.said)) return true;
  return become.method === 'doas' && mayAsk;
}

function who({ become, target }: Circumstances): string {
  return `${become.method} to ${become.user} on ${target.name}`;
}

/** The last line of what was said; never the password, should a host have shown it. */
function lastWords({ become, dialog }: Circumstances): string {
  const password = become.password?.use((bytes) => bytes.toString('latin1')) ?? '';
  const said = password === '' ? dialog.said : dialog.said.replaceAll(password, '[secret]');
  const lines = Buffer.from(said, 'latin1')
    .toString('utf8')
    // What sudo lets nobody run is a program of ours, which tells nothing.
    .replace(/'?\/bin\/sh -c .*(?= as )/su, '/bin/sh')
    .split(/[\r\n]+/u);
  const tells = (line: string): boolean => line.trim() !== '' && !/password[^:]*: ?$/iu.test(line);
  const last =
    lines.findLast((line) => tells(line) && !AFTERWORDS.test(line)) ?? lines.findLast(tells);
  // What it says after a prompt stands on the same line, where nothing was typed at a terminal.
  return last === undefined ? '' : `: ${last.replace(/^.*password[^:]*: ?/iu, '').trim()}`;
}

/** What sudo says behind the reason. */
const AFTERWORDS =
  /^This incident |^sudo: (?:error initializing audit plugin|unable to initialize policy plugin|no valid sudoers sources)/u;
