import { afterAll } from 'vitest';
import { startFleet, type Fleet, type FleetOptions } from './sshd.ts';

/** A fleet for all tests of the file that asks for it, stopped after the last of them. */
export async function fleetForFile(options: FleetOptions = {}): Promise<Fleet> {
  const fleet = await startFleet(options);
  afterAll(() => fleet.stop());
  return fleet;
}
