import { safeLine } from '../base/safe-text.ts';
import { BECOME_METHODS, isUserName } from '../model/become.ts';
import type { JobDefinition } from '../model/definition.ts';
import { ConfigError } from '../model/errors.ts';
import type { Amount } from '../model/rollout.ts';
import { canAsk } from './can-ask.ts';

/** Throws ConfigError `usage` where a program has put something into a definition that no job can be made from. */
export function checkDefinition(definition: JobDefinition): void {
  const { targets, items, okCodes, retryDelayMs } = definition;
  whole('fanout', definition.fanout, 1);
  whole('number of retries', definition.retries, 0);
  time('time to connect', definition.connectTimeoutMs);
  time('grace time', definition.graceMs);
  if (definition.timeoutMs !== null) time('time limit', definition.timeoutMs);
  if (retryDelayMs !== null) time('time between two attempts', retryDelayMs);
  if (definition.maxOutput !== null) whole('limit on output', definition.maxOutput.bytes, 1);
  checkRollout(definition);
  if (definition.keepMs !== null) time('time to keep connections', definition.keepMs);
  for (const code of okCodes) whole('exit code that counts as success', code, 0);
  for (const { name, port } of targets) {
    if (!Number.isInteger(port) || port < 1 || port > HIGHEST_PORT) {
      throw new ConfigError('usage', `the port of ${safeLine(name)} is ${port}`, {
        hint: `a port is a whole number from 1 to ${HIGHEST_PORT}`,
      });
    }
  }
  checkBecome(definition);
  if (items !== null && items.length !== targets.length) {
    throw new ConfigError('usage', 'a job with items needs one for each of its targets');
  }
}

function checkRollout({ rollout, access }: JobDefinition): void {
  for (const batch of rollout.batches) amount('size of a batch', batch, 1);
  if (rollout.maxFailures !== null) amount('number of failures', rollout.maxFailures, 0);
  time('rest between two batches', rollout.pauseMs);
  time('time over which hosts begin', rollout.splayMs);
  if (rollout.confirm && !canAsk(access)) {
    throw new ConfigError('usage', 'there is nobody to ask between batches whether to go on', {
      hint: 'confirming needs a terminal, or --prompt and muster answer',
    });
  }
}

function checkBecome({ become }: JobDefinition): void {
  if (become === null) return;
  if (!BECOME_METHODS.includes(become.method)) {
    throw new ConfigError('usage', `"${safeLine(become.method)}" is no way to become a user`, {
      hint: `there are ${BECOME_METHODS.join(', ')}`,
    });
  }
  if (!isUserName(become.user)) {
    throw new ConfigError('usage', `"${safeLine(become.user)}" is no name of a user`);
  }
}

function amount(what: string, value: Amount, least: number): void {
  if (value.kind === 'count') {
    whole(what, value.count, least);
    return;
  }
  if (value.percent > 0 && value.percent <= 100) return;
  throw new ConfigError('usage', `the ${what} is more than 0 % and at most 100 %`);
}

function whole(what: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new ConfigError('usage', `the ${what} is a whole number from ${least} on, not ${value}`);
}

/** In milliseconds. */
function time(what: string, value: number): void {
  if (Number.isFinite(value) && value >= 0) return;
  throw new ConfigError('usage', `the ${what} is a number of milliseconds, not ${value}`);
}

const HIGHEST_PORT = 65_535;
