import { randomInt } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { runFolder, temporaryFolder } from '../setup/run-folder.ts';
import { sshdPath } from './sshd-config.ts';
import { startFleet, type Fleet } from './sshd.ts';

/** Whether this user may have a PAM service: what PAM reads is root's. */
export function pamAllowed(): boolean {
  return process.getuid?.() === 0;
}

/** What each of the first hosts wants of whoever logs in: AuthenticationMethods of sshd_config(5); null: any one of them. */
export const WANTED = {
  password: 'password',
  dialogue: 'keyboard-interactive',
  keyAndDialogue: 'publickey,keyboard-interactive',
  keyAndPassword: 'publickey,password',
  any: null,
} as const;

export type Wanted = keyof typeof WANTED;

/** A real sshd that asks PAM: for one password, the same for everybody. Only root may have one. */
export interface PamFleet extends Fleet {
  /** The host that wants this. */
  host(wanted: Wanted): string;
  /** Lines of its log about a password or an answer that was wrong, or right. */
  attempts(): Promise<readonly string[]>;
}

/**
 * sshd asks the PAM service that has its own program's name. So it is run by another one, whose service is a file of this run,
 * which asks "Password: " and has the answer checked by a program.
 */
export async function startPamFleet(password: string): Promise<PamFleet> {
  const folder = temporaryFolder('pam');
  const name = `${SERVICE_PREFIX}${runPid()}-${randomInt(1_000_000)}-sshd`;
  const service = join(SERVICES, name);
  writeFileSync(join(folder, 'password'), password, { mode: 0o600 });
  const check = join(folder, 'check');
  // PAM ends the answer with a NUL.
  const lines = ['#!/bin/sh', `test "$(tr -d '\\000')" = "$(cat ${join(folder, 'password')})"`, ''];
  writeFileSync(check, lines.join('\n'));
  chmodSync(check, 0o700);
  mkdirSync(join(folder, 'bin'));
  symlinkSync(sshdPath() ?? '', join(folder, 'bin', name));
  const rules = [
    `auth required pam_exec.so quiet expose_authtok ${check}`,
    'auth required pam_permit.so',
    'account required pam_permit.so',
    'session required pam_permit.so',
  ];
  writeFileSync(service, `${rules.join('\n')}\n`, { mode: 0o644 });
  const kinds = Object.entries(WANTED);
  const matches = kinds.flatMap(([, methods], index) =>
    methods === null
      ? []
      : [`Match LocalAddress 127.*.*.${index + 1}`, `  AuthenticationMethods ${methods}`],
  );
  const stop = (): void => {
    rmSync(service, { force: true });
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const fleet = await startFleet({
      sshd: join(folder, 'bin', name),
      user: 'plain',
      config: [
        'UsePAM yes',
        'PasswordAuthentication yes',
        'KbdInteractiveAuthentication yes',
        ...matches,
      ],
    });
    return {
      ...fleet,
      host: (wanted) => fleet.addresses(kinds.length)[Object.keys(WANTED).indexOf(wanted)] ?? '',
      attempts: async () =>
        (await fleet.log()).match(
          /^(?:Accepted|Failed|Postponed|Partial) (?:password|keyboard-interactive).*$/gmu,
        ) ?? [],
      stop: async () => {
        await fleet.stop();
        stop();
      },
    };
  } catch (error) {
    stop();
    throw error;
  }
}

/** Removes the services of runs that did not get to it themselves. */
export function removePamServices(isOver: (runPid: number) => boolean): void {
  for (const name of readdirSync(SERVICES)) {
    const pid = SERVICE_NAME.exec(name)?.[1];
    if (pid !== undefined && isOver(Number(pid))) rmSync(join(SERVICES, name), { force: true });
  }
}

function runPid(): number {
  return Number(/\d+$/u.exec(basename(runFolder()))?.[0] ?? process.pid);
}

const SERVICES = '/etc/pam.d';
const SERVICE_PREFIX = 'mustertest';
const SERVICE_NAME = /^mustertest(\d+)-\d+-sshd$/u;
