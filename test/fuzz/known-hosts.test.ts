import fc from 'fast-check';
import { expect, test } from 'vitest';
import { indexLines } from '../../src/transport/host-keys/known-hosts.ts';
import { parseLine } from '../../src/transport/host-keys/known-hosts-line.ts';
import { withoutKeys } from '../../src/transport/host-keys/known-hosts-text.ts';
import { takesMs, TOKEN_RUNS } from './bounds.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0Xz2Tq4uS1n0J1fN1x5j1o0T0nY0H7Z0f0u1w2x3y4';
const token = fc.oneof(
  fc.constantFrom(
    'web1',
    '*',
    '?',
    '!web1',
    ',',
    '[web1]:22',
    '[',
    ']:',
    '|1|',
    '|1|AA==|AA==',
    '@revoked',
    '@cert-authority',
    ' ',
    '\t',
    '#',
    'ssh-rsa',
    KEY,
    'AAAA',
    '=',
    '\0',
    '\r',
    '\u00E4',
  ),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom('*'.repeat(3000), 'a,'.repeat(3000), '*a'.repeat(1500)),
);
const line = fc.array(token, { maxLength: 6 }).map((tokens) => tokens.join(''));

test('whatever known_hosts holds, it is read, asked and rewritten soon, and a line that makes no sense means nobody', () => {
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 5 }),
      fc.constantFrom('web1', '10.0.0.1', '::1'),
      (texts, host) => {
        const ms = takesMs(() => {
          const lines = texts.flatMap((text, at) => parseLine(text, 'f', at + 1) ?? []);
          const { keys, revoked } = indexLines(lines).about(host, 22);
          // Only lines with the one key that there is can say anything.
          if (!texts.some((text) => text.includes('AAAAC3')))
            expect([...keys, ...revoked]).toEqual([]);
          expect(withoutKeys(texts, host, ['ssh-ed25519']).lines.length).toBeLessThanOrEqual(
            texts.length,
          );
        });
        expect(ms).toBeLessThan(1_000);
      },
    ),
    TOKEN_RUNS,
  );
});
