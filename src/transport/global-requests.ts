/** The parts of ssh2's protocol that global requests come through (RFC 4254 section 4). */
export interface RequestProtocol {
  /** Takes each message that comes after the first key exchange; its answer is for the caller. */
  _onPayload: (payload: Buffer) => unknown;
  readonly _handlers: {
    GLOBAL_REQUEST: (protocol: RequestProtocol, name: string, wantReply: boolean) => void;
  };
  requestFailure(): void;
}

/**
 * Grants nothing that a server asks of a client. OpenSSH's list of all its host keys wants no answer, and is not even read:
 * ssh2 would take every key apart, and then ask the server to prove them all, which makes as many signatures there and
 * checks here, for every connection.
 */
export function refuseGlobalRequests(protocol: RequestProtocol): void {
  const { _onPayload: take } = protocol;
  protocol._onPayload = (payload) => (isHostKeyList(payload) ? undefined : take(payload));
  protocol._handlers.GLOBAL_REQUEST = (self, _name, wantReply) => {
    if (wantReply) self.requestFailure();
  };
}

function isHostKeyList(payload: Buffer): boolean {
  // A look at the first byte is enough for almost all.
  if (payload[0] !== GLOBAL_REQUEST || payload.length < HOST_KEY_LIST.length) return false;
  return HOST_KEY_LIST.equals(payload.subarray(0, HOST_KEY_LIST.length));
}

const GLOBAL_REQUEST = 80;
const NAME = 'hostkeys-00@openssh.com';
/** OpenSSH's PROTOCOL, section 2.5: the list, for which no reply is wanted. */
const HOST_KEY_LIST: Buffer = Buffer.from([
  GLOBAL_REQUEST,
  0,
  0,
  0,
  NAME.length,
  ...Buffer.from(NAME),
  0,
]);
