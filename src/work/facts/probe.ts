import { compact } from '../compact.ts';
import { QUIET } from '../durable/folder.ts';
import { quote } from '../quote.ts';
import { DONE_READING } from '../wrap/reader.ts';
import { DISKS } from './probe-disks.ts';
import { HARDWARE } from './probe-hardware.ts';
import { NETWORK } from './probe-network.ts';
import { OS } from './probe-os.ts';
import { MANAGER, UPDATES } from './probe-packages.ts';
import { SERVICES } from './probe-services.ts';
import { VIRTUAL } from './probe-virtual.ts';

/**
 * Shell: says what the host knows of itself, in lines `MARK key value...` from `MARK begin` to `MARK end`; `parseFacts` makes
 * facts of them. Lines are handed on as the host has them, and read here, where that is cheap. What may be slow comes late:
 * the clock is told first, and at once. `updates`: asks the package manager what is newer, which takes seconds.
 *
 * A process costs the host more than all that is read in a shell of its own, so there are as few as may be.
 */
export function factsProgram(mark: string, { updates }: { readonly updates: boolean }): string {
  return compact(`${QUIET}
${DONE_READING}
exec </dev/null
muster_mark=${quote(mark)}
${SAYING}
muster_say begin
${[OS, HARDWARE, VIRTUAL, SERVICES, NETWORK, MANAGER].join('\n')}
${updates ? UPDATES : ''}
${DISKS}
muster_say end
exit 0`);
}

/**
 * Shell: `muster_say` says a line, `muster_tell` each line of a text under one key, `muster_first` the first line of a file.
 * Programs of the host's have to speak as they do everywhere, and not all logins have their folders in PATH.
 */
const SAYING = `
LC_ALL=C PATH=$PATH:/usr/sbin:/sbin:/usr/local/sbin:/usr/local/bin:/opt/homebrew/bin
export LC_ALL PATH
muster_nl='
'
# echo would read what is in it, and in the family of ksh printf is a process.
if [ -n "\${KSH_VERSION:-}" ]; then
  muster_say() { print -r -- "$muster_mark $1"; }
else
  muster_say() { printf '%s\\n' "$muster_mark $1"; }
fi
# Words of what follows are lines, and are no patterns.
muster_by_line() { set -f; IFS=$muster_nl; }
muster_by_word() { set +f; unset IFS; }
muster_tell() {
  muster_by_line
  for muster_line in $2; do muster_say "$1 $muster_line"; done
  muster_by_word
}
muster_first() {
  muster_value=
  [ ! -r "$2" ] || IFS= read -r muster_value <"$2"
  [ -z "$muster_value" ] || muster_say "$1 $muster_value"
}
muster_has() { command -v "$1" >/dev/null; }
`;
