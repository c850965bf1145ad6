import { createHash } from 'node:crypto';

/**
 * The part of a file's name that stands for a host: letters, digits, `.`, `_` and `-` as they are, every other byte
 * percent-encoded (RFC 3986 section 2.1), a leading dot too, so that no host is `..`, a path or a hidden file. A long
 * name is cut and ends with `~` and a digest; `~` itself is always encoded, so a cut name meets no other.
 */
export function fileNameOf(host: string): string {
  const encoded = [...Buffer.from(host)]
    .map((byte, index) => {
      const character = String.fromCodePoint(byte);
      const plain = PLAIN.test(character) && !(index === 0 && character === '.');
      return plain ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
  if (encoded.length <= NAME_LIMIT) return encoded === '' ? '%' : encoded;
  const digest = createHash('sha256').update(host).digest('hex').slice(0, DIGEST_LENGTH);
  return `${encoded.slice(0, NAME_LIMIT - DIGEST_LENGTH - 1)}~${digest}`;
}

const PLAIN = /^[A-Za-z0-9._-]$/u;
/** With the longest ending below the 255 bytes that a file name may have. */
const NAME_LIMIT = 200;
const DIGEST_LENGTH = 16;
