import type { HostTrust } from './model/host-trust.ts';
import type { HostTrustOptions } from './transport/host-keys/host-trust.ts';

/** See transport/host-keys/host-trust.ts, which is loaded only here: most programs fetch no keys. */
export async function openHostTrust(options: HostTrustOptions): Promise<HostTrust> {
  const trust = await import('./transport/host-keys/host-trust.ts');
  return trust.openHostTrust(options);
}
