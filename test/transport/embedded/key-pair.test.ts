import { expect, test } from 'vitest';
import { readableKeyPair } from '../../../src/transport/embedded/key-pair.ts';
import { loadSsh2 } from '../../../src/transport/ssh2.ts';

test('every key pair that is made can be read back', async () => {
  const ssh2 = await loadSsh2();
  for (let made = 0; made < 2000; made += 1) {
    expect(ssh2.utils.parseKey(readableKeyPair(ssh2).private)).not.toBeInstanceOf(Error);
  }
});
