/**
 * What becomes of a keyword of ssh_config(5): `honoured`; `no effect`: nothing it says matters for what we do; `named`: it
 * would matter, and a warning names it where it is said of a target.
 */
export type Treatment = 'honoured' | 'no effect' | 'named';

export interface Keyword {
  /** As ssh_config(5) spells it. */
  readonly name: string;
  readonly treatment: Treatment;
  /** How, in a phrase: README's table is made of these. */
  readonly how: string;
  /** Values that ask for what we do anyway: with one of these nothing is named. */
  readonly harmless?: readonly string[];
}

/** By the keyword in lower case, older names included. */
export function findKeyword(lower: string): Keyword | null {
  return KEYWORDS_BY_NAME.get(ALIASES[lower] ?? lower) ?? null;
}

/** The spelling of a keyword. */
export function nameOf(lower: string): string {
  return findKeyword(lower)?.name ?? lower;
}

/** The name under which a keyword is looked for, of several that mean the same. */
export function canonicalKeyword(lower: string): string {
  return ALIASES[lower] ?? lower;
}

function honoured(name: string, how: string): Keyword {
  return { name, treatment: 'honoured', how };
}

function without(how: string, ...names: readonly string[]): readonly Keyword[] {
  return names.map((name) => ({ name, treatment: 'no effect', how }));
}

function named(name: string, how: string, harmless: readonly string[] = []): Keyword {
  return { name, treatment: 'named', how, harmless };
}

const NO: readonly string[] = ['no', 'false', 'none'];
const YES: readonly string[] = ['yes', 'true'];

/** Every keyword that OpenSSH knows, as of 10.5, in the order in which README lists them. */
export const KEYWORDS: readonly Keyword[] = [
  honoured('Host', 'patterns, negation, several'),
  honoured(
    'Match',
    '`all` `host` `originalhost` `user` `localuser` `tagged` `final` `canonical`; `exec` with `--match-exec`',
  ),
  honoured(
    'Include',
    'globs, `~/`, relative to `~/.ssh` or `/etc/ssh`, 16 deep, within a block too; `${VARIABLE}`, `%d` `%i` `%L` `%l` `%u`',
  ),
  honoured('Tag', 'for `Match tagged`'),
  honoured('IgnoreUnknown', 'patterns'),
  honoured('HostName', '`%h`; what the inventory calls `address` counts more'),
  honoured('User', 'tokens, `${VARIABLE}`; the inventory counts more'),
  honoured('Port', 'the inventory counts more'),
  honoured(
    'IdentityFile',
    'several, `none`; no other file is tried then; those that are not there, or cannot be used, are passed over',
  ),
  honoured('IdentitiesOnly', ''),
  honoured(
    'IdentityAgent',
    'a socket, `none`, `SSH_AUTH_SOCK`, `$VARIABLE`; one that is not set is none',
  ),
  honoured('CertificateFile', 'several; those that are not there are passed over'),
  honoured(
    'ProxyJump',
    'a list; each hop has its own settings; the first of ProxyJump and ProxyCommand counts',
  ),
  honoured(
    'ProxyCommand',
    'without a shell: words and quotes, `~/`, `$VARIABLE`; anything more is an error',
  ),
  honoured('UserKnownHostsFile', 'several, `none`; `--known-hosts` counts more'),
  honoured('GlobalKnownHostsFile', 'several, `none`; `--known-hosts` counts more'),
  honoured('HostKeyAlias', ''),
  honoured('HashKnownHosts', 'of what `accept-new` appends'),
  honoured('StrictHostKeyChecking', '`ask` is strict; `no` is off; `--host-keys` counts more'),
  honoured('ConnectTimeout', '`--connect-timeout` counts more'),
  honoured('ServerAliveInterval', 'without it, every 15 s'),
  honoured('ServerAliveCountMax', 'beside ServerAliveInterval'),
  honoured('SendEnv', 'patterns, `-PATTERN`; the host may refuse each'),
  honoured(
    'SetEnv',
    'the first line of several, as ssh does; tokens, `${VARIABLE}`; the host may refuse each',
  ),
  honoured('AddressFamily', ''),
  honoured('BindAddress', 'an address'),
  honoured('Ciphers', 'with `+` `-` `^`; of those that we have'),
  honoured('KexAlgorithms', 'with `+` `-` `^`; of those that we have'),
  honoured('MACs', 'with `+` `-` `^`; of those that we have'),
  honoured(
    'HostKeyAlgorithms',
    'with `+` `-` `^`; of those that we have; with `+` and `-`, types of known keys first',
  ),
  honoured('Compression', ''),
  honoured('RequestTTY', '`yes` and `force`: a terminal, as with `--tty`'),
  honoured(
    'ForwardAgent',
    'only with `-o ForwardAgent=yes` or `-A`; a file that asks for it is named in a warning',
  ),
  honoured('RefuseConnection', 'an error with its text, and nothing runs'),

  named('BindInterface', 'BindAddress is honoured'),
  named('CanonicalizeHostname', 'names are taken as they are', NO),
  named('CASignatureAlgorithms', 'ours'),
  named('ChannelTimeout', ''),
  named('CheckHostIP', 'addresses are not looked up in known_hosts', NO),
  named('ConnectionAttempts', '`--retries` is ours', ['1']),
  named('HostbasedAuthentication', '', NO),
  named('KbdInteractiveAuthentication', '', YES),
  named('KnownHostsCommand', '', NO),
  named('NoHostAuthenticationForLocalhost', 'host keys are always checked', NO),
  named('PermitLocalCommand', 'no local command is run', NO),
  named('PKCS11Provider', 'through the agent', NO),
  named('PreferredAuthentications', 'keys first', ['publickey']),
  named('ProxyUseFdpass', '', NO),
  named('PubkeyAcceptedAlgorithms', 'ours'),
  named('PubkeyAuthentication', '', YES),
  named('RekeyLimit', "the host's", ['default', 'none']),
  named('RemoteCommand', 'the command is the one that was given', NO),
  named('RequiredRSASize', ''),
  named('RevokedHostKeys', '`@revoked` in known_hosts is honoured', NO),
  named('SecurityKeyProvider', 'through the agent', ['internal', 'none']),
  named('Tunnel', '', NO),
  named('VerifyHostKeyDNS', '`muster trust` looks at SSHFP', NO),

  ...without(
    'nothing is forwarded',
    'LocalForward',
    'RemoteForward',
    'DynamicForward',
    'ClearAllForwardings',
    'ExitOnForwardFailure',
    'GatewayPorts',
    'PermitRemoteOpen',
    'StreamLocalBindMask',
    'StreamLocalBindUnlink',
    'TunnelDevice',
    'ForwardX11',
    'ForwardX11Timeout',
    'ForwardX11Trusted',
    'XAuthLocation',
  ),
  ...without('connections are shared anyway', 'ControlMaster', 'ControlPath', 'ControlPersist'),
  ...without(
    'a way to log in that we do not have',
    'GSSAPIAuthentication',
    'GSSAPIDelegateCredentials',
    'GSSAPIClientIdentity',
    'GSSAPIKeyExchange',
    'GSSAPIKexAlgorithms',
    'GSSAPIRenewalForcesRekey',
    'GSSAPIServerIdentity',
    'GSSAPITrustDns',
    'EnableSSHKeysign',
    'HostbasedAcceptedAlgorithms',
    'KbdInteractiveDevices',
  ),
  ...without(
    'what is asked, our options say',
    'BatchMode',
    'NumberOfPasswordPrompts',
    'PasswordAuthentication',
  ),
  ...without('the agent is only asked', 'AddKeysToAgent', 'UseKeychain'),
  ...without('learned keys are only what `accept-new` takes', 'UpdateHostKeys'),
  ...without(
    'goes with CanonicalizeHostname',
    'CanonicalDomains',
    'CanonicalizeFallbackLocal',
    'CanonicalizeMaxDots',
    'CanonicalizePermittedCNAMEs',
  ),
  ...without(
    'how ssh looks at a terminal, and what it logs',
    'EscapeChar',
    'EnableEscapeCommandline',
    'FingerprintHash',
    'LogLevel',
    'LogVerbose',
    'ObscureKeystrokeTiming',
    'SyslogFacility',
    'VisualHostKey',
    'WarnWeakCrypto',
  ),
  ...without('how ssh runs', 'ForkAfterAuthentication', 'LocalCommand', 'SessionType', 'StdinNull'),
  ...without('the packets look a little different', 'IPQoS', 'TCPKeepAlive', 'VersionAddendum'),
  ...without(
    'not any more in ssh either',
    'Cipher',
    'CompressionLevel',
    'FallBackToRsh',
    'GlobalKnownHostsFile2',
    'Protocol',
    'RhostsAuthentication',
    'RSAAuthentication',
    'RhostsRSAAuthentication',
    'UserKnownHostsFile2',
    'UseRoaming',
    'UseRsh',
    'UsePrivilegedPort',
    'AFSTokenPassing',
    'KerberosAuthentication',
    'KerberosTGTPassing',
  ),
];

/** Older names (the keyword table in OpenSSH's readconf.c), and Debian's own. */
const ALIASES: Readonly<Record<string, string>> = {
  challengeresponseauthentication: 'kbdinteractiveauthentication',
  skeyauthentication: 'kbdinteractiveauthentication',
  tisauthentication: 'kbdinteractiveauthentication',
  dsaauthentication: 'pubkeyauthentication',
  hostbasedkeytypes: 'hostbasedacceptedalgorithms',
  identityfile2: 'identityfile',
  keepalive: 'tcpkeepalive',
  protocolkeepalives: 'serveraliveinterval',
  pubkeyacceptedkeytypes: 'pubkeyacceptedalgorithms',
  setuptimeout: 'serveraliveinterval',
  smartcarddevice: 'pkcs11provider',
};
const KEYWORDS_BY_NAME: ReadonlyMap<string, Keyword> = new Map(
  KEYWORDS.map((keyword) => [keyword.name.toLowerCase(), keyword]),
);
