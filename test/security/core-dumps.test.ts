import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { background, type Background } from '../helpers/background.ts';

let bg: Background;
beforeAll(() => {
  bg = background();
});
afterAll(() => bg.close());

test('C24: no memory of the controller goes into a core dump; C10: its mask is 077', async () => {
  await bg.muster(['controller', 'start']);
  const pid = (await bg.pid()) ?? 0;
  expect(readFileSync(`/proc/${pid}/coredump_filter`, 'utf8').trim()).toBe('00000000');
  expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/^Umask:\s+0077$/mu);
});
