import { expect, test } from 'vitest';
import { fleetForFile } from '../fleet/for-file.ts';
import { runMuster, said } from '../helpers/run-muster.ts';
import { holdInvariants } from './invariants/hold.ts';

holdInvariants();

const fleet = await fleetForFile({ hosts: 200 });

test('a run on one host begins with far fewer descriptors than any limit leaves', async () => {
  const result = await runMuster(
    ['run', '-w', fleet.addresses(1).join(), ...fleet.options, '-q', '--', 'echo fine'],
    { through: limited(32) },
  );
  expect(result.text, said(result)).toContain('fine');
  expect([result.code, result.errorText]).toEqual([0, '']);
}, 60_000);

test('F47 out of descriptors: waits for a free one, warns once, blames no host', async () => {
  const result = await runMuster(
    [
      'run',
      '-w',
      fleet.addresses(200).join(','),
      ...fleet.options,
      '-f',
      '200',
      '-O',
      'json',
      '--',
      'echo fine',
    ],
    { through: limited(64), deadlineMs: 60_000 },
  );
  const job = result.job();
  const others = job.children.filter(({ state }) => state !== 'Completed');
  expect(others.map(({ failure }) => failure?.message)).toEqual([]);
  expect(job.children.every(({ output }) => output === 'fine\n')).toBe(true);
  expect([job.state, result.code]).toEqual(['Completed', 0]);
  const warnings = result.errorText
    .split('\n')
    .filter((line) => /descriptor|open files/iu.test(line));
  expect(warnings, said(result)).toHaveLength(1);
  expect(warnings[0]).toMatch(/limit/iu);
}, 60_000);

function limited(descriptors: number): readonly string[] {
  return ['sh', '-c', `ulimit -n ${descriptors}; exec "$@"`, 'sh'];
}
