import { expect } from 'vitest';
import { parseInventory } from '../../src/targets/inventory/load.ts';
import type { Inventory } from '../../src/targets/inventory/inventory.ts';
import {
  emptyInventory,
  selectTargets,
  type Selection,
  type SelectionRequest,
} from '../../src/targets/selection.ts';
import { ConfigError } from '../../src/model/errors.ts';

/** A selection with nothing asked for, but what is given. */
export function select(request: Partial<SelectionRequest>): Promise<Selection> {
  return selectTargets({
    hosts: [],
    groups: [],
    all: false,
    hostsFiles: [],
    exclude: [],
    excludeGroups: [],
    maxHosts: 100_000,
    allowEmpty: false,
    inventory: emptyInventory,
    overrides: { user: null, port: null, identities: [], jump: null },
    defaults: { user: 'me', homeDirectory: '/home/me' },
    ...request,
  });
}

export async function names(request: Partial<SelectionRequest>): Promise<readonly string[]> {
  return (await select(request)).targets.map(({ name }) => name);
}

export function inventory(text: string): Promise<Inventory> {
  return parseInventory(text, 'hosts.yaml');
}

/** The error that an operator would see. */
export async function refusal(action: () => unknown): Promise<ConfigError> {
  try {
    await action();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    if (error instanceof ConfigError) {
      expect(error.message).not.toMatch(/[\r\n]/u);
      return error;
    }
  }
  throw new Error('nothing was refused');
}
