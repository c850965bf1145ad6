/** What an embedded host is made from. */
export interface EmbeddedHostSpec {
  readonly name: string;
  /**
   * `working` answers; `failing` answers every command with a line on stderr and exit status 3; `closed` has an
   * address on which nothing listens.
   */
  readonly kind: 'working' | 'failing' | 'closed';
}

/** What an embedded host says about itself. Made up, and the same for the same position in every run. */
export interface HostProfile extends EmbeddedHostSpec {
  readonly kernel: string;
  readonly processors: number;
  readonly memoryMb: number;
  /** How full the disk is, percent. */
  readonly diskUsed: number;
  readonly upDays: number;
  readonly load: number;
  /** How long it takes to answer, milliseconds. */
  readonly delayMs: number;
}

/** The profile of the host at `index` of its fleet; `paceMs` is what the slowest host takes to answer. */
export function profileOf(spec: EmbeddedHostSpec, index: number, paceMs: number): HostProfile {
  const draw = (salt: number, below: number): number => scatter(index * 16 + salt) % below;
  return {
    ...spec,
    kernel: KERNELS[index % 5 === 3 ? 1 : 0],
    processors: 2 << draw(1, 3),
    memoryMb: 4096 << draw(2, 3),
    diskUsed: 12 + draw(3, 80),
    upDays: 1 + draw(4, 200),
    load: draw(5, 240) / 100,
    delayMs: Math.round((paceMs * (20 + draw(6, 81))) / 100),
  };
}

/** Spreads small numbers over 32 bits (the finaliser of MurmurHash3), so that neighbours do not look alike. */
function scatter(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

const KERNELS = ['6.1.0-28-amd64', '5.10.0-33-amd64'] as const;
