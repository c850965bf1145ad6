import { wireString } from './host-keys/key-blob.ts';

/** A key or certificate that one login shows to one server. */
export interface KeyOffer {
  readonly user: string;
  /** The public key or the certificate, in wire form. */
  readonly blob: Buffer;
  /** The signature comes with the offer, where it is the first: no round trip to ask whether the key would do. */
  readonly signsAtOnce: boolean;
  /** Which algorithm to use, of those that the server says it takes (RFC 8308 section 3.1; null: it does not say). */
  algorithm(takes: readonly string[] | null): string | null;
  /** The whole signature (RFC 4253 section 6.6) of the data with that algorithm. */
  sign(data: Buffer, algorithm: string): Buffer | Promise<Buffer>;
  /** There is no signature, and nothing to wait for: something else is to be tried. null: no algorithm fits. */
  failed(error: Error | null): void;
}

/** The parts of ssh2's protocol that offering a key goes through. `Key`: what stands for a key there. */
export interface AuthProtocol<Key extends object> {
  authPK: (user: string, key: Key, algorithm: string | undefined, sign?: unknown) => void;
  readonly _kex: { readonly sessionID: Buffer };
  readonly _packetRW: {
    readonly write: {
      readonly allocStart: number;
      alloc(size: number): Buffer;
      finalize(packet: Buffer): Buffer;
    };
  };
  readonly _cipher: { encrypt(packet: Buffer): void };
  /** Set within a key exchange, when everything else has to wait. */
  readonly _kexinit?: Buffer;
  _queue?: Buffer[];
  readonly _authsQueue: string[];
  readonly _debug?: ((line: string) => void) | undefined;
  readonly _handlers: {
    EXT_INFO: (
      protocol: unknown,
      extensions: readonly { readonly name: string; readonly algs?: readonly string[] }[],
    ) => void;
  };
}

/**
 * Takes ssh2's place in asking a server whether it takes a key (RFC 4252 section 7): ssh2 knows neither certificates nor
 * security keys, parses a private key for every signature, and does not pass on that a key of an agent was accepted as one
 * of several things. What it is given for a key only stands for the offer, which `offerOf` finds.
 */
export function offerKeys<Key extends object>(
  protocol: AuthProtocol<Key>,
  offerOf: (key: Key) => KeyOffer,
): void {
  const { _handlers: handlers } = protocol;
  const { EXT_INFO } = handlers;
  let takes: readonly string[] | null = null;
  let isFirst = true;
  const signed = new Set<KeyOffer>();
  handlers.EXT_INFO = (self, extensions) => {
    takes ??= extensions.find(({ name }) => name === 'server-sig-algs')?.algs ?? null;
    EXT_INFO(self, extensions);
  };
  protocol.authPK = (_user, key, _algorithm, isWanted) => {
    const offer = offerOf(key);
    const algorithm = offer.algorithm(takes);
    const atOnce = isFirst && offer.signsAtOnce;
    isFirst = false;
    if (algorithm === null) {
      // ssh2 takes no other method while it begins this one.
      queueMicrotask(() => offer.failed(null));
    } else if (isWanted === undefined && !atOnce) {
      send(protocol, request(offer, algorithm, false), 'check');
    } else if (signed.has(offer)) {
      queueMicrotask(() => offer.failed(new Error('the server asked for a second signature')));
    } else {
      signed.add(offer);
      signAndSend(protocol, offer, algorithm);
    }
  };
}

function signAndSend<Key extends object>(
  protocol: AuthProtocol<Key>,
  offer: KeyOffer,
  algorithm: string,
): void {
  const body = request(offer, algorithm, true);
  const data = Buffer.concat([wireString(protocol._kex.sessionID), body]);
  const done = (signature: Buffer): void =>
    send(protocol, Buffer.concat([body, wireString(signature)]), 'signed');
  const signature = offer.sign(data, algorithm);
  // What waits for nothing leaves at once.
  if (Buffer.isBuffer(signature)) done(signature);
  else void sendLater(signature, done, offer);
}

async function sendLater(
  signature: Promise<Buffer>,
  done: (signature: Buffer) => void,
  offer: KeyOffer,
): Promise<void> {
  try {
    done(await signature);
  } catch (error) {
    offer.failed(error instanceof Error ? error : new Error('no signature', { cause: error }));
  }
}

/** RFC 4252 section 7: with a signature it is what is signed, behind the session's identifier. */
function request({ user, blob }: KeyOffer, algorithm: string, hasSignature: boolean): Buffer {
  return Buffer.concat([
    Buffer.from([USERAUTH_REQUEST]),
    ...[user, 'ssh-connection', 'publickey'].map(wireString),
    Buffer.from([hasSignature ? 1 : 0]),
    wireString(algorithm),
    wireString(blob),
  ]);
}

/** As sendPacket in ssh2's protocol/utils.js. */
function send<Key extends object>(
  protocol: AuthProtocol<Key>,
  payload: Buffer,
  what: 'check' | 'signed',
): void {
  const { write } = protocol._packetRW;
  const at = write.allocStart;
  const packet = write.alloc(payload.length);
  packet.set(payload, at);
  protocol._authsQueue.push('publickey');
  protocol._debug?.(`Outbound: Sending USERAUTH_REQUEST (publickey -- ${what})`);
  const finished = write.finalize(packet);
  if (protocol._kexinit === undefined) protocol._cipher.encrypt(finished);
  else (protocol._queue ??= []).push(finished);
}

const USERAUTH_REQUEST = 50;
