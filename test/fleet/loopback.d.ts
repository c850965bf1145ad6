/** A network of our own inside 127.0.0.0/8, so that fleets that run at once do not meet. */
export interface LoopbackNetwork {
    /** Its first `count` addresses, 1 to 250. */
    hosts(count: number): string[];
    /** Four more, for hosts of another kind. */
    readonly spares: readonly string[];
}
export declare function loopbackNetwork(): LoopbackNetwork;
/** A port below the ephemeral range on which nothing listens at that address: a connection of our own never takes it. */
export declare function freePort(address: string): Promise<number>;
