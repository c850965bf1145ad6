import { readFileSync, readlinkSync } from 'node:fs';
import type { AuditOrigin, AuditSettings } from '../model/audit.ts';
import { safeLine } from '../base/safe-text.ts';
import { absolutePath, type Environment } from './environment.ts';
import type { Values } from './values.ts';

/** Where jobs are written down: `--audit`, else $MUSTER_AUDIT; null: nowhere. */
export function auditFrom(values: Values, environment: Environment): AuditSettings | null {
  const given = values.has('audit') ? values.text('audit') : null;
  const file = given ?? auditFile(environment);
  return file === null
    ? null
    : { file: absolutePath(file, environment), origin: originOf(environment) };
}

/** As the environment has it, not yet absolute. */
export function auditFile({ variables }: Environment): string | null {
  return variables['MUSTER_AUDIT'] || null;
}

function originOf({ user, variables }: Environment): AuditOrigin {
  const text = (name: string): string | null => {
    const value = variables[name];
    return value === undefined || value === '' ? null : safeLine(value);
  };
  return {
    user,
    uid: process.getuid?.() ?? null,
    loginUid: loginUid(),
    sudoUser: text('SUDO_USER'),
    terminal: terminal(),
    ssh: text('SSH_CONNECTION'),
  };
}

/** What the kernel remembers of a login, where it does (proc(5)). */
function loginUid(): number | null {
  try {
    const uid = Number(readFileSync('/proc/self/loginuid', 'utf8'));
    return uid === NOBODY_YET ? null : uid;
  } catch {
    // Not Linux, or a kernel without it.
    return null;
  }
}

function terminal(): string | null {
  for (const descriptor of [0, 1, 2]) {
    try {
      const path = readlinkSync(`/proc/self/fd/${descriptor}`);
      if (/^\/dev\/(?:pts\/|tty)/u.test(path)) return path;
    } catch {
      // It is closed, or there is no /proc.
    }
  }
  return null;
}

const NOBODY_YET = 4_294_967_295;
