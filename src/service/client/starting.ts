import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { JobDefinition } from '../../model/definition.ts';
import type { StartOptions } from '../../model/ports/controller.ts';
import { wireDefinition, type StartBody } from '../wire/definition.ts';
import { PassphraseRefusal, type Requests } from './requests.ts';

/** What a start was answered with. */
export interface Started {
  readonly response: IncomingMessage;
  /** The id under which the job waits for its input. */
  readonly inputId: string;
}

/**
 * Asks the controller to start a job. While that lacks a passphrase, the client's person is asked, and it is sent again
 * with the answer: so the person is asked here, before any host is touched, as often as in process.
 */
export async function requestStart(
  requests: Requests,
  definition: JobDefinition,
  { owned = false, signal }: StartOptions,
): Promise<Started> {
  const passphrases = new Map<string, readonly string[]>();
  const inputId = randomUUID();
  for (;;) {
    const body: StartBody = {
      definition: wireDefinition(definition, inputId),
      owned,
      passphrases: Object.fromEntries(passphrases),
    };
    try {
      return { response: await requests.open('POST', '/v1/jobs', { body, signal }), inputId };
    } catch (error) {
      const { passphrase } = definition.access;
      if (!(error instanceof PassphraseRefusal) || passphrase === null) throw error;
      const { file } = error;
      passphrases.set(file, [...(passphrases.get(file) ?? []), await passphrase(file)]);
    }
  }
}
