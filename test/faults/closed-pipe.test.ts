import { expect, test } from 'vitest';
import { fleetForFile } from '../fleet/for-file.ts';
import { startMuster } from '../helpers/run-muster.ts';

const fleet = await fleetForFile({ hosts: 2 });

test.each([
  { how: 'the job completes', last: 'true', code: 0 },
  { how: 'the job fails', last: 'exit 3', code: 1 },
])(
  'F48 reader closes the pipe: exits as the job did, without a word; $how',
  async ({ last, code }) => {
    for (const output of ['live', 'jsonl', 'json', 'gather', 'table']) {
      const command = `i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done; echo done >&2; ${last}`;
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
      if (output === 'live' || output === 'jsonl') await muster.line('stdout', /line 0/u);
      muster.closeStdout();
      const result = await muster.ended;
      expect([output, result.code, result.signal]).toEqual([output, code, null]);
      const foreign = result.errorText
        .split('\n')
        .filter((line) => line !== '' && !line.endsWith('done'));
      expect(foreign).toEqual([]);
    }
  },
);
