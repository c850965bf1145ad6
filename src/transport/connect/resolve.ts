import { lookup, type LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { errorCode } from '../../base/system-error.ts';
import type { FailureError } from '../../model/failure.ts';
import type { Target } from '../../model/target.ts';
import { descriptorShortage } from '../descriptors.ts';
import { fail, seconds } from '../failures.ts';
import type { Attempt } from './attempt.ts';

/** The addresses to try, in the order of the system's resolver (RFC 6724). An address needs no resolving. */
export function resolve(attempt: Attempt): readonly string[] | Promise<readonly string[]> {
  const { target } = attempt.request;
  const family = target.ssh?.addressFamily ?? 0;
  const literal = isIP(target.address);
  if (literal !== 0) {
    if (family === 0 || literal === family) return [target.address];
    throw fail('dns', `${asTyped(target)} is no IPv${family} address`);
  }
  const expired = (waitedMs: number): FailureError =>
    fail('dns-timeout', `no answer about the name ${asTyped(target)} after ${seconds(waitedMs)}`);
  return attempt.step<readonly string[]>(expired, (found, failed) => {
    if (isInvalid(target.address)) {
      failed(noSuchHost(target));
      return;
    }
    // It cannot be called off: an answer that comes after the deadline goes nowhere.
    lookup(target.address, { all: true, family }, (error, addresses) => {
      if (error !== null) failed(descriptorShortage() ?? unresolved(target, error));
      else if (addresses.length === 0) failed(noSuchHost(target));
      else found(addresses.map(({ address }: LookupAddress) => address));
    });
  });
}

function unresolved(target: Target, error: Error): FailureError {
  switch (errorCode(error)) {
    case 'EAI_AGAIN':
    case 'ETIMEOUT':
    case 'ETIMEDOUT':
      return fail('dns-timeout', `the name service did not answer about ${asTyped(target)}`, {
        cause: error,
      });
    case 'ENOTFOUND':
    case 'ENODATA':
    case 'EAI_NONAME':
    case 'EAI_NODATA':
      return noSuchHost(target, error);
    case null:
    default:
      return fail('dns', `cannot resolve ${asTyped(target)}: ${error.message}`, { cause: error });
  }
}

function noSuchHost(target: Target, cause?: Error): FailureError {
  const family = target.ssh?.addressFamily ?? null;
  const what = family === null ? 'no such host' : `no such host with an IPv${family} address`;
  return fail('dns', `${what}: ${asTyped(target)}`, { cause });
}

/** The name that was looked up, and whose address it is where those are two. */
function asTyped({ name, address }: Target): string {
  return name === address ? name : `${address} (the address of ${name})`;
}

/** RFC 6761 section 6.4: such a name never exists, and asking a resolver only tells it so. */
function isInvalid(name: string): boolean {
  return /(?:^|\.)invalid\.?$/iu.test(name);
}
