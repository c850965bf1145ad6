import { expect, test } from 'vitest';
import { algorithms } from '../../src/transport/algorithms.ts';

test('C04: what is offered is pinned, in this order, whatever the library would offer', () => {
  const { offer } = algorithms(['ssh-ed25519', 'ssh-rsa', 'ssh-dss', 'rsa-sha2-256']);
  expect(offer).toEqual({
    kex: [
      'curve25519-sha256',
      'curve25519-sha256@libssh.org',
      'ecdh-sha2-nistp256',
      'ecdh-sha2-nistp384',
      'ecdh-sha2-nistp521',
      'diffie-hellman-group14-sha256',
      'diffie-hellman-group16-sha512',
    ],
    cipher: [
      'aes128-gcm@openssh.com',
      'aes256-gcm@openssh.com',
      'chacha20-poly1305@openssh.com',
      'aes128-ctr',
      'aes256-ctr',
    ],
    hmac: [
      'hmac-sha2-256-etm@openssh.com',
      'hmac-sha2-512-etm@openssh.com',
      'hmac-sha2-256',
      'hmac-sha2-512',
    ],
    compress: ['none'],
    serverHostKey: ['ssh-ed25519', 'rsa-sha2-256'],
  });
});
