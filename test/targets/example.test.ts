import { describe, expect, it } from 'vitest';
import { loadInventory } from '../../src/targets/selection.ts';
import { names, select } from './support.ts';

const EXAMPLE = new URL('../../hosts.example.yaml', import.meta.url).pathname;

describe('the example of an inventory', () => {
  it('means what its comments say', async () => {
    const inventory = await loadInventory(EXAMPLE);
    expect(inventory.warnings).toEqual([]);
    const { targets, warnings } = await select({ all: true, inventory });
    expect(targets).toHaveLength(23);
    expect(warnings).toEqual([]);
    expect(await names({ groups: ['canary'], inventory })).toEqual(['web01.example.com', 'db2']);
    expect(await names({ groups: ['standing'], inventory })).toHaveLength(15);
    const bastion = targets.find(({ name }) => name === 'bastion.example.com');
    expect(bastion).toMatchObject({ user: 'gate', jump: [] });
  });
});
