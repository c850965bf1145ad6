import { spawnSync } from 'node:child_process';

/** What `ssh-keygen -F` finds in a file: the line numbers and markers of the entries it would use for a host. */
export function findWithSshKeygen(file: string, name: string): readonly string[] {
  // -l makes it read the keys too, so that lines whose key is broken are passed over as ssh does.
  const { stdout, error } = spawnSync('ssh-keygen', ['-l', '-F', name, '-f', file], {
    encoding: 'latin1',
  });
  if (error !== undefined) throw error;
  return [...stdout.matchAll(/^# Host .* found: line (\d+)(?: (CA|REVOKED))?/gmu)].map(
    ([, line, marker]) => `${line}${marker === undefined ? '' : ` ${marker}`}`,
  );
}

/** Hashes the plain names of a known_hosts file in place. */
export function hashWithSshKeygen(file: string): void {
  const { status, stderr, error } = spawnSync('ssh-keygen', ['-H', '-f', file], {
    encoding: 'utf8',
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(stderr);
}
