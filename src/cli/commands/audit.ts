import { safeLine } from '../../base/safe-text.ts';
import { errorCode } from '../../base/system-error.ts';
import { verifyAudit, type AuditFault, type AuditVerdict } from '../../index.ts';
import { ConfigError } from '../../model/errors.ts';
import { auditFile } from '../audit.ts';
import type { Command, Context } from '../command.ts';
import { absolutePath } from '../environment.ts';
import { EXIT } from '../exit-status.ts';
import type { Parsed } from '../parse.ts';
import { usageError } from '../usage-error.ts';
import type { Values } from '../values.ts';

export const auditCommand: Command = {
  help: {
    about: [
      'Looks through an audit log, FILE or else $MUSTER_AUDIT: each of its lines holds the digest',
      'of the one before, so that a line that was changed, removed, inserted or moved is found and',
      'named. Exits with 0 where none was, else with 1. A job without its end, or without all of its',
      'children, is noted: it may go on, or a disk was full. Lines that are missing at the end, and a',
      'log that was written anew as a whole, are found with --head and a head that an earlier look',
      'has told, kept where it cannot be changed; without it nobody can tell.',
    ],
    examples: ['muster audit verify', 'muster audit verify /var/log/muster.audit --head 5f2c...'],
  },
  optionsEnd: 'dashes',
  run: audit,
};

async function audit({ values, words }: Parsed, context: Context): Promise<number> {
  const [action, named = auditFile(context.environment), ...more] = words;
  if (action !== 'verify' || more.length > 0)
    throw usageError('audit takes the word verify, and at most one file');
  if (named === null)
    throw usageError('there is no audit log to look at', 'name it, or set MUSTER_AUDIT');
  const path = absolutePath(named, context.environment);
  const verdict = await look(path, headFrom(values));
  const name = safeLine(path);
  for (const note of verdict.notes) context.tell(`note: ${said(name, note)}`);
  for (const fault of verdict.faults) context.tell(said(name, fault));
  const lines = verdict.lines === 1 ? '1 line' : `${verdict.lines} lines`;
  const since = verdict.since === null ? '' : `, ${verdict.since} since that head`;
  const unchanged = verdict.faults.length === 0;
  await context.stdout.write(
    `${unchanged ? 'unchanged' : 'changed'}: ${lines}${since}, head ${verdict.head}\n`,
  );
  return unchanged ? EXIT.completed : EXIT.failed;
}

async function look(path: string, head: string | null): Promise<AuditVerdict> {
  try {
    return await verifyAudit(path, head);
  } catch (error) {
    const why = errorCode(error);
    if (why === null) throw error;
    throw new ConfigError('audit', `the audit log ${safeLine(path)} cannot be read (${why})`, {
      cause: error,
    });
  }
}

function headFrom(values: Values): string | null {
  const head = values.text('head');
  if (head === null || /^[0-9a-f]{64}$/iu.test(head)) return head;
  throw usageError('--head: a head is a SHA-256 digest, 64 hexadecimal digits');
}

function said(name: string, { line, why }: AuditFault): string {
  return `${name}: line ${line}: ${why}`;
}
