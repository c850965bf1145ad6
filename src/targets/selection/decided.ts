import type { SshSettings } from '../../model/ssh-settings.ts';
import { PLAIN_SSH } from '../../model/ssh-settings.ts';
import type { Target } from '../../model/target.ts';
import { DIRECT, type SaidJump } from './jump-chains.ts';
import type { Sourced } from './layers.ts';

/** A host's settings, each with who says so. */
export interface Decided {
  readonly address: Sourced<string>;
  readonly port: Sourced<number>;
  readonly user: Sourced<string>;
  readonly identities: Sourced<readonly string[]>;
  readonly jump: Sourced<readonly string[]>;
  readonly said: SaidJump;
  readonly ssh: SshSettings;
}

/** Without the way to it. Each kind is one literal: of 100,000 targets, a field that is added later counts. */
export function makeTarget(
  name: string,
  decided: Decided,
  vars: Target['vars'],
  groups: readonly string[],
): Target {
  const { ssh } = decided;
  const [address, port, user] = [decided.address.value, decided.port.value, decided.user.value];
  const identities = decided.identities.value;
  return ssh === PLAIN_SSH
    ? { name, address, port, user, identities, jump: DIRECT, vars, groups }
    : { name, address, port, user, identities, jump: DIRECT, ssh, vars, groups };
}
