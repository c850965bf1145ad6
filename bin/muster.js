#!/usr/bin/env node
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
