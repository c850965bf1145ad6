import { compact } from '../compact.ts';
import { COLLECT, STRAYS } from './script-collect.ts';
import { DIALOG, OPENING } from './script-dialog.ts';
import { HALT } from './script-halt.ts';
import { LADDER } from './script-ladder.ts';
import { TABLE } from './script-table.ts';

/** Where the script reads the processes: whichever the host has, or the one that is named. */
export type TableMethod = 'auto' | 'proc' | 'ps';

/**
 * The POSIX shell script that ends commands of the connection it runs on, or halts them (see the parts). Needs kill, sleep,
 * and sed and /proc or sed and ps; nothing on the host is written. `mark`: letters, digits and `-` only.
 */
export function stopScript(mark: string, method: TableMethod = 'auto'): string {
  const settings = `MARK=${mark}\nMETHOD=${method}\n`;
  return compact([settings, OPENING, TABLE, COLLECT, STRAYS, LADDER, HALT, DIALOG].join(''));
}
