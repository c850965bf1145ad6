import type { EmbeddedFleet, EmbeddedFleetOptions } from './transport/embedded/fleet.ts';

/** Starts SSH hosts inside this process; their code is loaded only now, since nothing but a demonstration needs it. */
export async function startEmbeddedFleet(options: EmbeddedFleetOptions): Promise<EmbeddedFleet> {
  const fleet = await import('./transport/embedded/fleet.ts');
  return fleet.startEmbeddedFleet(options);
}

export type {
  EmbeddedFleet,
  EmbeddedFleetOptions,
  EmbeddedHost,
} from './transport/embedded/fleet.ts';
export type { EmbeddedHostSpec } from './transport/embedded/profile.ts';
