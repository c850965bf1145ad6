import { describe, expect, test } from 'vitest';
import { HELP_OPTION, verbHelp } from '../../src/cli/help.ts';
import { optionsOf } from '../../src/cli/options/table.ts';
import { overview } from '../../src/cli/overview.ts';
import { VERBS } from '../../src/cli/verbs.ts';

describe('help', () => {
  test('of the program is within 80 columns', () => {
    expect(tooLong(overview())).toEqual([]);
  });

  test.each(VERBS.map((verb) => [verb.name, verb] as const))(
    'of %s is within 80 columns, and names every option of it',
    async (name, verb) => {
      const { help } = await verb.load();
      const text = verbHelp(`muster ${verb.usage}`, help, [...optionsOf(name), HELP_OPTION]);
      expect(tooLong(text)).toEqual([]);
      for (const option of optionsOf(name)) expect(text).toContain(`--${option.name}`);
    },
  );
});

function tooLong(text: string): string[] {
  return text.split('\n').filter((line) => line.length > 80);
}
