import { getServers } from 'node:dns';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { HostTrustOptions } from '../../index.ts';
import { usageError } from '../usage-error.ts';
import type { Values } from '../values.ts';

type Dns = NonNullable<HostTrustOptions['dns']>;
type Server = Dns['servers'][number];

/** Which name servers to ask for SSHFP records: those that are named, else the system's; null: none. */
export function dnsFrom(values: Values): HostTrustOptions['dns'] {
  const named = values.many('dns-server');
  if (named.length > 0) return { servers: named.map(serverFrom), areTrusted: false };
  if (!values.flag('dns')) return null;
  const servers = getServers().flatMap((text) => parseServer(text) ?? []);
  return { servers, areTrusted: isTrusted() };
}

function serverFrom(text: string): Server {
  const server = parseServer(text);
  if (server !== null) return server;
  throw usageError(
    `--dns-server: "${text}" is no address`,
    'like 127.0.0.53, 127.0.0.1:5353 or [::1]:5353',
  );
}

/** `192.0.2.1`, `192.0.2.1:53`, `2001:db8::1`, `[2001:db8::1]:53`: as options and Node's own list have it. */
export function parseServer(text: string): Server | null {
  if (isIP(text) !== 0) return { address: text, port: DNS_PORT };
  const found = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/u.exec(text);
  const address = found?.[1] ?? found?.[2] ?? '';
  const port = Number(found?.[3]);
  return isIP(address) !== 0 && port >= 1 && port <= 65_535 ? { address, port } : null;
}

/** resolv.conf(5), trust-ad: the way to the servers is safe, and what they say of signatures can be believed. */
function isTrusted(): boolean {
  try {
    return /^[ \t]*options[ \t](?:.*[ \t])?trust-ad(?:[ \t]|$)/mu.test(
      readFileSync('/etc/resolv.conf', 'utf8'),
    );
  } catch {
    // Without the file nobody has said so.
    return false;
  }
}

const DNS_PORT = 53;
