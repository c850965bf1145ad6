import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readJournal } from '../../src/service/journal/read.ts';
import { openJournal } from '../../src/service/journal/journal.ts';
import { definition } from '../controller/fakes.ts';
import { temporaryFolder } from '../setup/run-folder.ts';
import { takesMs } from './bounds.ts';

let folder: string;
let text: string;
beforeAll(() => {
  folder = temporaryFolder('journal-fuzz');
  const path = join(folder, 'written');
  const journal = openJournal(path, { warn: () => undefined });
  for (const id of [1, 4]) {
    const instanceIds = ['b', 'c'].map((end) => `0000000${id}-0000-4000-8000-00000000000${end}`);
    journal.created({
      id,
      instanceId: `0000000${id}-0000-4000-8000-00000000000a`,
      instanceIds,
      rerunOf: null,
      note: null,
      begin: 1,
      definition: definition(['a', 'b']),
    });
    journal.begun(id + 1, 5);
    journal.taken(id + 1, { seq: 3, places: { output: 10, error: 0 } });
  }
  text = readFileSync(path, 'utf8');
  journal.close([]);
});
afterAll(() => rmSync(folder, { recursive: true }));

const JUNK = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 10 }),
  fc.constantFrom('\n', '\0\0\0\0', '{', '}', '"', ',', 'null', '[]', '1e999', '{"job":{}}\n'),
  fc.constantFrom('{"job":null}\n', '{"begun":null}\n', '{"taken":2}\n', '{"ended":2}\n', '{}\n'),
  fc.constantFrom('{"removed":{}}\n', '{"job":{"instanceIds":[1]}}\n', '{"ended":2,"end":null}\n'),
);
const edit = fc.record({ at: fc.nat(10_000), cut: fc.nat(60), put: JUNK });

test('whatever a power cut or a bad disk makes of a journal, the next controller reads what is left of it', () => {
  const path = join(folder, 'changed');
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
      let changed = text;
      for (const { at, cut, put } of edits) {
        const from = at % (changed.length + 1);
        changed = changed.slice(0, from) + put + changed.slice(from + cut);
      }
      writeFileSync(path, changed);
      const ms = takesMs(() => {
        const { jobs } = readJournal(path);
        for (const job of jobs) expect(job.children).toHaveLength(job.instanceIds.length);
      });
      expect(ms).toBeLessThan(1_000);
    }),
    { numRuns: 500 },
  );
});
