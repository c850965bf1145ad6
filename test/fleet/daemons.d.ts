import { type ChildProcess } from 'node:child_process';
/** Starts the daemons, one for sixteen hosts, on one port; on another where somebody took it first. */
export declare function listen(sshd: string, through: readonly string[], hosts: readonly string[], log: string, fixedPort: number | null, configure: (port: number, addresses: readonly string[], index: number) => string): Promise<{
    port: number;
    daemons: ChildProcess[];
}>;
export declare function stopFleet(daemons: readonly ChildProcess[], files: readonly string[]): Promise<void>;
/** sshd.c, MAX_LISTEN_SOCKS: more ListenAddress lines are fatal. */
export declare const HOSTS_OF_ONE_SSHD = 16;
