import { ConfigError, type ConfigErrorCode } from '../../model/errors.ts';

/** An error on its way through the socket. */
export interface WireError {
  readonly code: ConfigErrorCode | 'passphrase' | 'internal';
  /** One line of safe text. */
  readonly message: string;
  readonly hint: string | null;
}

/** The job cannot be started without a passphrase that only the client can ask for. */
export interface PassphraseWanted extends WireError {
  readonly code: 'passphrase';
  readonly file: string;
  /** The one that was given last was not right. */
  readonly wrong: boolean;
}

export interface WireFailure {
  readonly status: number;
  readonly error: WireError | PassphraseWanted;
}

export function statusOf(code: ConfigErrorCode): number {
  switch (code) {
    case 'no-such-job':
      return 404;
    case 'job-state':
      return 409;
    case 'service':
    case 'audit':
      return 503;
    case 'usage':
    case 'node-set':
    case 'unknown-term':
    case 'empty-selection':
    case 'too-many-hosts':
    case 'inventory':
    case 'hosts-file':
    case 'ssh-config':
    case 'key-file':
    case 'known-hosts':
    case 'agent':
    case 'not-supported':
      return 400;
  }
}

export function wireError({ code, message, hint }: ConfigError): WireError {
  return { code, message, hint };
}

/** As it was thrown at the other end; of an error of the controller's own, no more than that is told. */
export function thrownError({ code, message, hint }: WireError): Error {
  if (code === 'internal' || code === 'passphrase') return new Error(message);
  return new ConfigError(code, message, hint === null ? {} : { hint });
}
