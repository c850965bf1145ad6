import { factsSpec } from '../../index.ts';
import { FACT_FIELDS } from '../../model/fact-fields.ts';
import { SHORT } from '../../presenters/facts-table.ts';
import { nearMiss } from '../../targets/near-miss.ts';
import type { Command, Context } from '../command.ts';
import { doOnHosts } from '../host-work.ts';
import { listOf } from '../list-of.ts';
import type { Parsed } from '../parse.ts';
import { refuseCommand, usageError } from '../usage-error.ts';
import type { Values } from '../values.ts';

export const factsCommand: Command = {
  help: {
    about: [
      'Asks every target for facts: system, kernel, processors, memory, disks, addresses,',
      'uptime, load, clock, packages, services, hardware. One program for its /bin/sh, which',
      'needs no other rights and leaves nothing there; with --become a little more is told.',
      'The table has the columns that tell most, or those of --columns; -O json has all.',
    ],
    examples: [
      'muster facts -a',
      'muster facts -g web --columns os.name,memory.free,load.one,services.failed',
      "muster facts -w 'db[1-3]' --updates -O json",
    ],
  },
  optionsEnd: 'dashes',
  run: facts,
};

async function facts({ values, words }: Parsed, context: Context): Promise<number> {
  refuseCommand('facts', words);
  const columns = columnsFrom(values);
  return doOnHosts(factsSpec({ updates: values.flag('updates') }), values, context, { columns });
}

/** null: those that tell most. */
function columnsFrom(values: Values): readonly string[] | null {
  const paths = listOf(values, 'columns');
  if (paths.length === 0) return null;
  if (values.text('output') !== 'table') throw usageError('--columns is for -O table');
  const known = [...SHORT, ...FACT_FIELDS].map(({ path }) => path);
  for (const path of paths) {
    if (known.includes(path)) continue;
    const near = nearMiss(path, known);
    throw usageError(
      `--columns: there is no fact "${path}"`,
      near === null
        ? 'facts are like os.name, memory.free, uptime; the README has all'
        : `did you mean ${near}?`,
    );
  }
  return paths;
}
