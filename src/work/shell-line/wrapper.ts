import { quote } from '../quote.ts';

/**
 * The command that runs a line in a folder and says in which folder it ended: on stdout, between two marks, as one write.
 * The folder is absolute; empty: where the login puts us. The line is run by /bin/sh itself and not by a child of it, so
 * that `cd` moves it; whatever ends that shell, its trap still speaks. The program travels in characters that no login shell
 * reads otherwise, csh and fish included.
 */
export function wrapLine(line: string, folder: Buffer, mark: string, shell = '/bin/sh'): string {
  const program = escaped([...enter(folder), ...run(Buffer.from(line), mark)].join(' '));
  return `exec ${shell} -c 'eval "$(printf %b "$1")"' sh '${program}'`;
}

function enter(folder: Buffer): readonly string[] {
  return folder.length === 0 ? [] : [`cd ${quoteBytes(folder)} || exit 1;`];
}

/**
 * All on one line, so that the shell's messages speak of line 1. A line may have turned stdout elsewhere (`exec >file`):
 * then nothing is said, because it would be said there; a spare descriptor of stdout would be held open by what the line
 * leaves running. `command` takes from eval that a syntax error ends the shell. The end is kept out of `set -x`.
 */
function run(line: Buffer, mark: string): readonly string[] {
  return [
    `muster_mark=${quote(mark)} muster_told=;`,
    'muster_out() { command -p readlink "/proc/$$/fd/1"; };',
    'muster_was=$(muster_out 2>/dev/null);',
    'muster_end() { muster_status=$?;',
    '[ -z "${muster_told:-}" ] || return $muster_status;',
    'muster_told=1;',
    '[ "$(muster_out)" = "$muster_was" ] || return $muster_status;',
    'muster_folder=$(command pwd && printf x);',
    'case $muster_folder in /*)',
    `printf '%s%s%s' "$muster_mark" "\${muster_folder%?x}" "$muster_mark" ;;`,
    'esac;',
    'return $muster_status; };',
    `trap '{ muster_end; } 2>/dev/null' 0;`,
    'set --;',
    `command eval ${quoteBytes(line)};`,
    '{ muster_end; } 2>/dev/null',
  ];
}

/** Bytes as Latin-1, one character each. */
function quoteBytes(bytes: Buffer): string {
  return quote(bytes.toString('latin1'));
}

/** Latin-1 text as printf's %b takes it (POSIX): what is not plainly harmless, in octal. */
function escaped(text: string): string {
  return text.replaceAll(
    /[^\w./-]/gu,
    (one) => `\\0${one.charCodeAt(0).toString(8).padStart(3, '0')}`,
  );
}
