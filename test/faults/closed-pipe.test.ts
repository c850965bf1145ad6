import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fleetForFile } from '../fleet/for-file.ts';
import { startMuster } from '../helpers/run-muster.ts';
import { holdInvariants } from './invariants/hold.ts';

holdInvariants();

const fleet = await fleetForFile({ hosts: 2 });

test.each([
  { how: 'the job completes', last: 'true', code: 0 },
  { how: 'the job fails', last: 'exit 3', code: 1 },
])(
  'F48 reader closes the pipe: exits as the job did, without a word; $how',
  async ({ last, code }) => {
    const closed = async (output: string): Promise<void> => {
      // What comes behind the gate has nobody to read it, however late we are.
      const gate = join(fleet.folder, `gate-${output}-${code}`);
      const command = `echo line; until [ -e ${gate} ]; do sleep 0.05; done; seq -f 'line %.0f' 0 2999; echo done >&2; ${last}`;
      const muster = startMuster([
        'run',
        '-w',
        fleet.addresses(2).join(','),
        ...fleet.options,
        '-q',
        '-O',
        output,
        '--',
        command,
      ]);
      if (output === 'live' || output === 'jsonl') await muster.line('stdout', /line/u);
      muster.closeStdout();
      writeFileSync(gate, '');
      const result = await muster.ended;
      expect([output, result.code, result.signal]).toEqual([output, code, null]);
      const foreign = result.errorText
        .split('\n')
        .filter((line) => line !== '' && !line.endsWith('done'));
      expect(foreign).toEqual([]);
    };
    await Promise.all(['live', 'jsonl', 'json', 'gather', 'table'].map(closed));
  },
  60_000,
);
