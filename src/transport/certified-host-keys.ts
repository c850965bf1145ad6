import {
  certifiedName,
  isCertificateName,
  parseCertificate,
  plainName,
} from './host-keys/certificate.ts';
import { keyType, readWireString } from './host-keys/key-blob.ts';

/** The lists of one direction in ssh2's offer. */
interface Direction {
  readonly cipher: List;
  readonly mac: List;
  readonly compress: List;
  readonly lang: List;
}

interface List {
  readonly array: readonly string[];
}

/** What we offer the server to choose from; made of plain lists. */
interface Offer {
  readonly lists: {
    readonly kex: List;
    readonly serverHostKey: List;
    readonly cs: Direction;
    readonly sc: Direction;
  };
}

/** The parts of ssh2's protocol that host keys go through. */
export interface HostKeyProtocol {
  _offer: Offer;
  /** The key exchange under way, or the last one. */
  readonly _kex: HostKeyExchange;
}

interface HostKeyExchange {
  readonly negotiated: { serverHostKey: string };
  /** The host key as it came: part of what the host signs (RFC 4253 section 8). */
  _hostKey: Buffer;
}

/**
 * Offers host key algorithms of certificates too, which ssh2 does not know. To be called before the server's first bytes are
 * read, when the offer leaves.
 */
export function offerHostKeys(protocol: HostKeyProtocol, names: readonly string[]): void {
  const { lists } = protocol._offer;
  const direction = ({ cipher, mac, compress, lang }: Direction): object => ({
    cipher: cipher.array,
    mac: mac.array,
    compress: compress.array,
    lang: lang.array,
  });
  protocol._offer = remade(protocol._offer, {
    kex: lists.kex.array,
    serverHostKey: names,
    cs: direction(lists.cs),
    sc: direction(lists.sc),
  });
  let exchange = protocol._kex;
  Object.defineProperty(protocol, '_kex', {
    get: () => exchange,
    set: (begun: HostKeyExchange) => {
      exchange = begun;
      expectCertificate(begun);
    },
  });
}

/** For RSA the algorithm has another name than the certificate's type, which ssh2 makes an exception for only without one. */
function expectCertificate({ negotiated }: HostKeyExchange): void {
  const algorithm = negotiated.serverHostKey;
  if (!isCertificateName(algorithm)) return;
  ALGORITHMS.set(negotiated, plainName(algorithm));
  if (algorithm.startsWith('rsa-')) negotiated.serverHostKey = certifiedName('ssh-rsa');
}

/**
 * Lets ssh2 check the host's signature where its key came in a certificate that we have accepted: what is hashed is the
 * certificate, what the signature is checked with is the key in it. In every key exchange anew.
 */
export function unwrapHostKey(protocol: HostKeyProtocol, blob: Buffer): boolean {
  const certificate = parseCertificate(blob);
  if (certificate === null) return true;
  const { key } = certificate;
  const type = keyType(key);
  const name = readWireString(key, 0);
  if (type === null || name === null) return false;
  const { _kex: exchange } = protocol;
  exchange.negotiated.serverHostKey = ALGORITHMS.get(exchange.negotiated) ?? type;
  const rest = key.subarray(name.end);
  // Hashed as it is; where ssh2 takes it apart for the signature's check, it finds the key's type and the rest of the key.
  exchange._hostKey = Object.assign(Buffer.from(blob), {
    utf8Slice: () => type,
    slice: () => rest,
  });
  return true;
}

/** By the same class: it knows how to write an offer down. */
function remade(offer: Offer, lists: object): Offer {
  const { constructor } = offer;
  const made: unknown = Reflect.construct(constructor, [lists]);
  if (!isOffer(made)) throw new Error('ssh2 makes no offers of this kind');
  return made;
}

function isOffer(made: unknown): made is Offer {
  return typeof made === 'object' && made !== null && 'lists' in made && 'copyAllTo' in made;
}

/** Of key exchanges that agreed on a certificate: what the host signs with. */
const ALGORITHMS = new WeakMap<object, string>();
