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
const status = await main(process.argv.slice(2), process, process.env);
// What is still on its way out is written first; then we end, whatever else may be open.
for (const stream of [process.stdout, process.stderr]) {
  if (stream.writableLength > 0) await new Promise((done) => stream.write('', done));
}
process.exit(status);
