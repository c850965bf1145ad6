import { appendLines } from '../../../src/results/audit/chain-file.ts';

/** Appends lines one by one: `writer.ts FILE COUNT NAME`. */
const [, , file = '', count = '0', name = ''] = process.argv;
for (let at = 0; at < Number(count); at += 1)
  appendLines(file, [{ kind: 'child', content: { name, at } }], false);
