import { expect, test } from 'vitest';
import { isOpenToTerrapin } from '../../../src/transport/connect/handshake.ts';

const CHACHA = { cipher: 'chacha20-poly1305@openssh.com' };
const GCM = { cipher: 'aes128-gcm@openssh.com' };

test.each([
  { cs: CHACHA, sc: CHACHA, isStrict: false, isOpen: true },
  { cs: GCM, sc: CHACHA, isStrict: false, isOpen: true },
  { cs: CHACHA, sc: CHACHA, isStrict: true, isOpen: false },
  { cs: GCM, sc: GCM, isStrict: false, isOpen: false },
])('$cs.cipher and $sc.cipher, strict key exchange $isStrict: open to Terrapin $isOpen', (one) => {
  expect(isOpenToTerrapin(one, one.isStrict)).toBe(one.isOpen);
});
