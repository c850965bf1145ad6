import { posix } from 'node:path';
import { downloadSpec } from '../../index.ts';
import type { Command, Context } from '../command.ts';
import { absolutePath } from '../environment.ts';
import type { Parsed } from '../parse.ts';
import { readPaths, transfer } from '../transfer.ts';
import { usageError } from '../usage-error.ts';

export const downloadCommand: Command = {
  help: {
    about: [
      'Copies files and folders of every target to this machine, over SFTP: with their times,',
      'and their modes but for leave for others to write, each under a temporary name until it',
      'is whole and its digest is right. What is here already, of the same size and time, is',
      'passed over, and what a broken attempt has left is gone on with. Each host gets a folder',
      'of its own in DEST; a DEST with {host} is taken as it is: a folder where one is there,',
      "where it ends with /, and where there may be several files; else the one file's name. A",
      'folder comes by its name; written with / at its end, only what is in it. *, ? and [...]',
      'in SRC stand for what is there on the host: put it in quotes. Links below SRC, devices',
      'and the like are not taken, and named.',
    ],
    examples: [
      'muster download -g web /var/log/nginx/error.log logs',
      "muster download -a '/var/log/*.log' logs",
      "muster download -w 'db[1-3]' /etc/hostname 'names/{host}.txt'",
    ],
  },
  optionsEnd: 'dashes',
  run: download,
};

function download(parsed: Parsed, context: Context): Promise<number> {
  const { sources, dest } = readPaths(parsed, 'download');
  refuseTwice(sources);
  const folder = absolutePath(dest, context.environment);
  const path = dest.endsWith('/') && folder !== '/' ? `${folder}/` : folder;
  const work = downloadSpec(sources, path, { checksum: parsed.values.flag('checksum') });
  const text = `download ${sources.join(' ')} ${dest}`;
  return transfer(parsed, work, () => Promise.resolve({ text, details: {} }), context);
}

/** Two of one name would meet in one place. Of patterns, only the hosts know. */
function refuseTwice(sources: readonly string[]): void {
  const seen = new Map<string, string>();
  for (const source of sources) {
    const name = source.endsWith('/') ? '' : posix.basename(posix.normalize(source));
    if (name === '..') throw usageError(`download: ${source} has no name of its own`);
    const other = seen.get(name);
    if (other !== undefined && name !== '' && !/[*?[]/u.test(name)) {
      throw usageError(`download: ${other} and ${source} would both become ${name}`);
    }
    seen.set(name, source);
  }
}
