import type { Inventory } from '../inventory/inventory.ts';
import type { HostsFile } from './hosts-file.ts';
import type { SshConfig } from '../ssh-config/ssh-config.ts';
import type { BuiltIn, Overrides } from './resolve.ts';

/** Who is meant, as the operator said it: `-w -g -a --hosts-file`, less `-x -X`. */
export interface SelectionRequest {
  /** `-w`: node sets. */
  readonly hosts: readonly string[];
  /** `-g`: names of groups. */
  readonly groups: readonly string[];
  /** `-a`: every host of the inventory. */
  readonly all: boolean;
  /** `--hosts-file`, read already. */
  readonly hostsFiles: readonly HostsFile[];
  /** `-x`: node sets. */
  readonly exclude: readonly string[];
  /** `-X`: names of groups. */
  readonly excludeGroups: readonly string[];
  readonly maxHosts: number;
  /** No host at all is no error, nor is a group or wildcard that names none. */
  readonly allowEmpty: boolean;
  readonly inventory: Inventory;
  readonly overrides: Overrides;
  readonly defaults: BuiltIn;
  /** What ssh would do where the inventory is silent; absent: nothing is asked of it. */
  readonly sshConfig?: SshConfig;
  /** Whether `@@`, the names of the groups, may stand where hosts are asked for: to look at them. Default false. */
  readonly groupNames?: boolean;
}
