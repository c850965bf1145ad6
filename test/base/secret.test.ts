import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { Secret } from '../../src/base/secret.ts';

test('a secret shows itself in no text, and lends its bytes', () => {
  const secret = new Secret('canary');
  const texts = [
    String(secret),
    JSON.stringify({ secret }),
    inspect({ secret }, { showHidden: true, depth: 5 }),
    Object.entries(secret).join(),
  ];
  expect(texts.join()).not.toContain('canary');
  expect(texts.slice(0, 2)).toEqual(['[secret]', '{"secret":"[secret]"}']);
  expect(inspect(secret)).toBe('[secret]');
  expect(secret.use((bytes) => bytes.toString())).toBe('canary');
});

test('a secret is one giving of it, until it is given again', () => {
  const secret = new Secret('canary');
  expect(new Secret('canary', secret.giving).giving).toBe(secret.giving);
  const again = secret.givenAgain();
  expect(again.giving).not.toBe(secret.giving);
  expect(again.use((bytes) => bytes.toString())).toBe('canary');
});

test('an erased secret is gone from the bytes that were lent', () => {
  const secret = new Secret('canary');
  const kept = secret.use((bytes) => bytes);
  secret.erase();
  expect(kept.toString()).toBe('\0'.repeat(6));
  expect(new Secret('').isEmpty).toBe(true);
});
