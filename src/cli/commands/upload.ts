import { stat } from 'node:fs/promises';
import { bytesText } from '../../base/byte-text.ts';
import { errorCode } from '../../base/system-error.ts';
import { planUpload, uploadSpec, FailureError } from '../../index.ts';
import type { Command, Context } from '../command.ts';
import { absolutePath, type Environment } from '../environment.ts';
import type { Parsed } from '../parse.ts';
import { readPaths, transfer, type Preview } from '../transfer.ts';
import { usageError } from '../usage-error.ts';

export const uploadCommand: Command = {
  help: {
    about: [
      'Copies files and folders of this machine to every target, over SFTP: with their modes',
      'and times, each under a temporary name until it is whole and its digest is right. What',
      'is there already, of the same size and time, is passed over, and what a broken attempt',
      'has left is gone on with. DEST is a folder where one is there, where it ends with /,',
      'and where there are several sources or a folder among them (it is made then); else it is',
      "the file's new name. A folder goes into DEST by its name; written with / at its end, only",
      'what is in it. {host}, {user} and {vars.NAME} in DEST are filled in for each host; a DEST',
      "that is not absolute is taken from the login's home.",
    ],
    examples: [
      'muster upload -g web nginx.conf /etc/nginx/',
      "muster upload -w 'web[01-20]' site/ /srv/www",
      "muster upload -a --batch 1,10% motd '/etc/motd'",
    ],
  },
  optionsEnd: 'dashes',
  run: upload,
};

async function upload(parsed: Parsed, context: Context): Promise<number> {
  const { sources, dest } = readPaths(parsed, 'upload');
  const paths = sources.map((source) => sourcePath(source, context.environment));
  await Promise.all(paths.map(requireThere));
  const work = uploadSpec(paths, dest, { checksum: parsed.values.flag('checksum') });
  return transfer(parsed, work, previewOf(paths, dest), context);
}

/** Absolute; that a folder's content is meant, and not the folder, stays to be seen. */
function sourcePath(source: string, environment: Environment): string {
  const path = absolutePath(source, environment);
  return /(?:^|\/)\.?$/u.test(source) && path !== '/' ? `${path}/` : path;
}

/** What is missing is the operator's mistake, and no host's: it is said before any is touched. */
async function requireThere(path: string): Promise<void> {
  try {
    await stat(path);
  } catch (error) {
    const code = errorCode(error);
    const why = code === 'ENOENT' ? 'no such file or folder' : `cannot be read (${code ?? ''})`;
    throw usageError(`upload: ${path}: ${why}`);
  }
}

function previewOf(paths: readonly string[], dest: string): Preview {
  return async () => {
    try {
      const { files, bytes } = await planUpload(paths);
      const what = `${files} ${files === 1 ? 'file' : 'files'}, ${bytesText(bytes)}`;
      return { text: `upload to ${dest} (${what})`, details: { files, bytes } };
    } catch (error) {
      if (!(error instanceof FailureError)) throw error;
      throw usageError(`upload: ${error.failure.message}`);
    }
  };
}
