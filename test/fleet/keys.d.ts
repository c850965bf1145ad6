export type KeyType = 'ed25519' | 'ecdsa' | 'rsa';
export declare const KEY_TYPES: readonly KeyType[];
/** The folder with the run's host keys `host_<type>` and its user key `user`: made once a run, shared by its fleets. */
export declare function sharedKeys(): string;
/** Makes a key pair `file` and `file.pub` with ssh-keygen. */
export declare function makeKey(file: string, type: KeyType, passphrase?: string): void;
/** `ssh-ed25519 AAAA...`: the first two words of a public key file. */
export declare function publicKey(file: string): string;
/** As ssh-keygen -l prints it: `SHA256:` and the unpadded base64. */
export declare function fingerprint(file: string): string;
