import type { JudgedHost, JudgedKey } from '../../../src/model/host-trust.ts';
import { localTarget } from '../../../src/model/target.ts';

/** A key that was compared; new, where nothing else is said. */
export function judgedKey(more: Partial<JudgedKey> = {}): JudgedKey {
  const { type = 'ssh-ed25519', key = 'AAAA' } = more;
  return {
    type,
    key,
    fingerprint: `SHA256:${key.padEnd(43, '0')}`,
    known: 'new',
    by: null,
    expected: null,
    dns: null,
    isProven: false,
    ...more,
  };
}

export function judgedHost(name: string, ...keys: readonly JudgedKey[]): JudgedHost {
  const target = { ...localTarget('me'), name, address: name };
  return { target, name, file: '/home/me/.ssh/known_hosts', keys, dnsFailure: null };
}
