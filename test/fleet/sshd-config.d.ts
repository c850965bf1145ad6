/** sshd's own path: it re-executes itself and so wants an absolute one. null: it is not installed. */
export declare function sshdPath(): string | null;
export interface SshdSettings {
    readonly port: number;
    readonly addresses: readonly string[];
    readonly hostKeys: readonly string[];
    readonly authorizedKeys: string;
    readonly user: string;
    /** HOME of the sessions; null: the account's own. */
    readonly home: string | null;
    /** Lines of the caller's, which win. */
    readonly extra: readonly string[];
}
export declare function sshdConfig(sshd: string, settings: SshdSettings): string;
