#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';

// What hosts send lies outside of V8's heap, and is given back only when the heap's young part is full: that must not grow.
// V8 complains of a flag that it does not know.
if (Number.parseInt(process.versions.v8, 10) <= 13) {
  setFlagsFromString('--semi-space-growth-factor=1');
}
/** @type {typeof import('../src/cli/main.ts').main} */
let main;
try {
  ({ main } = await import('../dist/main.js'));
} catch (error) {
  if (error?.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  process.stderr.write('muster: not built yet; run `npm run build` first\n');
  process.exit(2);
}
// Everything was written then; what else may be open, like a connection that nobody waits for, must not hold us.
process.exit(await main(process.argv.slice(2), process, process.env));
