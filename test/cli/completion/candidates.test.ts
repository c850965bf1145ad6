import { describe, expect, test } from 'vitest';
import { complete, type CompletionSources } from '../../../src/cli/completion/candidates.ts';
import { optionsOf } from '../../../src/cli/options/table.ts';

const sources: CompletionSources = {
  verbs: [
    { name: 'run', summary: 'a command on all targets' },
    { name: 'receive', summary: 'results' },
    { name: 'rerun', summary: 'again' },
    { name: 'hosts', summary: 'who' },
    { name: 'controller', summary: 'the controller' },
  ],
  optionsOf,
  inventory: (file) =>
    Promise.resolve(
      file === null
        ? { hosts: ['web1', 'web2', 'db1'], groups: ['web', 'db'] }
        : { hosts: [`from-${file}`], groups: [] },
    ),
  jobs: (instance) =>
    Promise.resolve([{ word: instance === null ? 'Job1' : `Job1-of-${instance}`, about: '' }]),
};

async function words(...typed: string[]): Promise<readonly string[]> {
  return (await complete(typed, sources)).candidates.map(({ word }) => word);
}

describe('what may come next', () => {
  test('the first word is a verb', async () => {
    expect(await words('re')).toEqual(['receive', 'rerun']);
    expect(await words()).toEqual(['run', 'receive', 'rerun', 'hosts', 'controller']);
  });

  test('a dash begins an option of that verb', async () => {
    expect(await words('run', '--exc')).toEqual(['--exclude', '--exclude-group']);
    expect(await words('hosts', '--fol')).toEqual(['--fold']);
    expect(await words('run', '--fol')).toEqual([]);
  });

  test('an option with choices offers them, in both ways of writing', async () => {
    expect(await words('run', '-O', 'j')).toEqual(['json', 'jsonl']);
    expect(await words('run', '--output=j')).toEqual(['--output=json', '--output=jsonl']);
  });

  test('node sets complete their last name, and leave what stands before it', async () => {
    expect(await words('run', '-w', 'we')).toEqual(['web1', 'web2']);
    expect(await words('run', '-w', 'db1,we')).toEqual(['db1,web1', 'db1,web2']);
    expect(await words('run', '--hosts=@d')).toEqual(['--hosts=@db']);
    expect(await words('run', '-w', 'web1!@')).toEqual(['web1!@web', 'web1!@db']);
    expect(await words('hosts', 'd')).toEqual(['db1']);
  });

  test('letters that are put together end in the one that takes the value', async () => {
    expect(await words('run', '-bg', '')).toEqual(['web', 'db']);
    expect(await words('run', '-b', 'x')).toEqual([]);
  });

  test('the inventory is the one that the line names', async () => {
    expect(await words('run', '-i', 'other.yaml', '-w', '')).toEqual(['from-other.yaml']);
    expect(await words('run', '--inventory=a.yaml', '-w', '')).toEqual(['from-a.yaml']);
  });

  test('files are left to the shell', async () => {
    expect(await complete(['run', '-i', 'ho'], sources)).toEqual({ candidates: [], files: true });
  });

  test('job verbs complete jobs', async () => {
    expect(await words('receive', 'J')).toEqual(['Job1']);
  });

  test('nothing of ours completes the command for the hosts', async () => {
    expect(await words('run', '-w', 'web1', '--', 're')).toEqual([]);
  });

  test('a verb of two words completes the second', async () => {
    expect(await words('controller', 'sta')).toEqual(['start', 'status']);
  });
});
