import type { FastifyError } from 'fastify';
import { safeLine } from '../../base/safe-text.ts';
import { ConfigError } from '../../model/errors.ts';
import { statusOf, wireError, type WireFailure } from '../wire/errors.ts';
import { PassphraseNeeded } from './passphrases.ts';

/**
 * What the client is told of an error. Never a value it sent, which may be a secret, and nothing of our insides: `trouble`
 * is told of those.
 */
export function failureOf(error: unknown, trouble: (text: string) => void): WireFailure {
  if (error instanceof ConfigError) {
    return { status: statusOf(error.code), error: wireError(error) };
  }
  if (error instanceof PassphraseNeeded) return { status: 428, error: wanted(error) };
  if (isRefusal(error)) return refusal(error);
  trouble(`internal error: ${safeLine(describe(error))}`);
  const message = 'the controller failed at this; its log says more';
  return { status: 500, error: { code: 'internal', message, hint: null } };
}

function wanted({ message, file, wrong }: PassphraseNeeded): WireFailure['error'] {
  return { code: 'passphrase', message, hint: null, file, wrong };
}

/** A request that fastify turns away before it reaches us. */
interface Refusal extends Pick<FastifyError, 'validation' | 'validationContext'> {
  readonly statusCode: number;
}

function isRefusal(error: unknown): error is Refusal {
  if (!(error instanceof Error) || !('statusCode' in error)) return false;
  const { statusCode } = error;
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500;
}

function refusal({ statusCode, validation, validationContext }: Refusal): WireFailure {
  const usage = (message: string): WireFailure => ({
    status: statusCode,
    error: { code: 'usage', message, hint: null },
  });
  const [first] = validation ?? [];
  if (first !== undefined) {
    // Where and what; ajv's own words name no value.
    return usage(
      safeLine(
        `the ${validationContext ?? 'request'}${first.instancePath} ${first.message ?? 'is not valid'}`,
      ),
    );
  }
  // Fastify's own words may quote the body.
  return usage(REFUSALS[statusCode] ?? 'the request is not valid');
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'something that is no error was thrown';
  const [, at = ''] = error.stack?.split('\n').filter((line) => line.startsWith('    at ')) ?? [];
  return `${error.name}: ${error.message} ${at.trim()}`;
}

const REFUSALS: Readonly<Record<number, string>> = {
  400: 'the body is not JSON',
  404: 'there is no such route',
  413: 'the request is too large',
  414: 'the request is too large',
  415: 'the body is not JSON',
};
