/** A login on the hosts. */
export interface Account {
    readonly name: string;
    readonly uid: number;
    readonly gid: number;
    readonly home: string;
}
/** The account that runs the tests. */
export declare function ownAccount(): Account;
/**
 * An account that is not root: the runner's own, or, for root, one made for this run (one a run, whichever worker asks
 * first) and removed by the global teardown.
 */
export declare function plainAccount(runPid: number): Account;
/** Removes the run's account, if one was made, and ends what it still runs. */
export declare function removePlainAccount(runPid: number): void;
/** The run's process ids for which an account was made. */
export declare function accountRuns(): readonly number[];
