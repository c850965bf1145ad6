/** Configurations that ssh and we have to understand alike. DIR stands for the folder they lie in. */
export interface Config {
  readonly what: string;
  /** The main file. */
  readonly text: string;
  /** Further files, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** As on ssh's command line: -o, -l and -p. */
  readonly args?: readonly string[];
  /** Default: web1. */
  readonly hosts?: readonly string[];
}

export const CONFIGS: readonly Config[] = [
  { what: 'an empty file', text: '' },
  { what: 'comments and blank lines', text: '# one\n\n   \t\n  # two\nPort 1\n#Port 2\n' },
  { what: 'no newline at the end', text: 'Port 2022' },
  { what: 'carriage returns', text: 'Host web1\r\n  Port 2022\r\n  User bob\r\n' },
  { what: 'form feeds at the end of a line', text: 'Port 2022 \f\nUser bob\f\n' },
  { what: 'keywords in any case', text: 'hOsT web1\n pOrT 22\n USER Bob\n' },
  { what: 'an equals sign', text: 'Port=2022\nUser = bob\nHostName =a.example\n' },
  { what: 'an equals sign in a value', text: 'SetEnv A=b=c\nUser=a=b\n' },
  { what: 'quotes', text: 'User "bob smith"\nIdentityFile "DIR/with blank"\nHostKeyAlias "x"\n' },
  { what: 'single quotes and escapes', text: "User 'bob'\nBindAddress \\'x\nHostKeyAlias a\\ b\n" },
  { what: 'a quoted keyword', text: '"Port" 2022\n' },
  { what: 'a comment behind a value', text: 'Port 2022 # not 22\nUser bob#x\n' },
  {
    what: 'the first value that is obtained',
    text: 'Port 1\nPort 2\nHost *\n Port 3\n User a\nHost web1\n User b\n',
  },
  {
    what: 'a Host block',
    text: 'Host web1\n User a\nHost web2\n User b\n',
    hosts: ['web1', 'web2', 'web3'],
  },
  {
    what: 'several patterns',
    text: 'Host a b web? c*\n User a\n',
    hosts: ['a', 'web1', 'web12', 'c', 'cc', 'x'],
  },
  {
    what: 'a negated pattern',
    text: 'Host web* !web2\n User a\nHost *\n User z\n',
    hosts: ['web1', 'web2', 'db'],
  },
  {
    what: 'a negated pattern before the others',
    text: 'Host !web2 *\n User a\n',
    hosts: ['web1', 'web2'],
  },
  { what: 'negated patterns alone', text: 'Host !web2\n User a\n', hosts: ['web1', 'web2'] },
  {
    what: 'a Host line with quotes',
    text: 'Host "web1" \'web2\'\n User a\n',
    hosts: ['web1', 'web2'],
  },
  {
    what: 'patterns by case',
    text: 'Host WEB1\n User a\nHost Web*\n Port 7\n',
    hosts: ['web1', 'WEB1', 'Web1'],
  },
  {
    what: 'stars in the middle',
    text: 'Host a*b*c\n User a\nHost *.*.example\n Port 9\n',
    hosts: ['abc', 'aXbYc', 'aXbYcZ', 'a.b.example', 'a.example'],
  },
  {
    what: 'addresses as names',
    text: 'Host 10.0.0.*\n User a\nHost 10.0.0.?\n Port 9\n',
    hosts: ['10.0.0.1', '10.0.0.12'],
  },
  { what: 'HostName', text: 'Host web1\n HostName a.example\n', hosts: ['web1', 'web2'] },
  { what: 'HostName with tokens', text: 'HostName %h.example%%x\n' },
  { what: 'HostName in capitals', text: 'HostName A.Example\n' },
  { what: 'HostName as an address of IPv6', text: 'HostName fe80::1\n' },
  { what: 'names of hosts in capitals', text: 'Port 9\n', hosts: ['WEB1.Example'] },
  { what: 'Match all', text: 'User a\nMatch all\n Port 9\n' },
  {
    what: 'Match host before HostName',
    text: 'Match host web1\n User a\nHost *\n HostName x.example\n',
  },
  {
    what: 'Match host after HostName',
    text: 'HostName x.example\nMatch host x.example\n User a\nMatch host web1\n Port 9\n',
  },
  {
    what: 'Match host after HostName with tokens',
    text: 'HostName %h.example\nMatch host web1.example\n User a\n',
  },
  { what: 'Match host in capitals', text: 'Match host WEB1\n User a\n', hosts: ['web1', 'WeB1'] },
  {
    what: 'Match originalhost',
    text: 'HostName x\nMatch originalhost web*\n User a\nMatch originalhost x\n Port 9\n',
  },
  {
    what: 'Match with lists',
    text: 'Match host a,web*,!web2\n User a\n',
    hosts: ['web1', 'web2', 'a', 'b'],
  },
  { what: 'Match user', text: 'Match user bob\n Port 9\nUser bob\nMatch user bob\n Port 10\n' },
  {
    what: 'Match user from the command line',
    text: 'Match user bob\n Port 9\n',
    args: ['-l', 'bob'],
  },
  {
    what: 'Match user without a user',
    text: 'Match user ME\n Port 9\nMatch user nobody\n Port 10\n',
  },
  {
    what: 'Match localuser',
    text: 'Match localuser ME\n Port 9\nMatch localuser nobody,!ME\n User x\n',
  },
  {
    what: 'Match negated',
    text: 'Match !host web2\n User a\nMatch !user bob host web*\n Port 9\n',
    hosts: ['web1', 'web2'],
  },
  {
    what: 'Match with equals signs and quotes',
    text: 'Match host="web1" user=ME\n Port 9\nMatch host "web*,x"\n User q\n',
  },
  { what: 'Match with a comment', text: 'Match host web1 # and more\n User a\n' },
  {
    what: 'Match with several criteria',
    text: 'Match host web1 originalhost web1 localuser ME\n User a\nMatch host web1 user nobody\n Port 9\n',
  },
  { what: 'Match final', text: 'Match final\n User late\nHost web1\n Port 9\n' },
  { what: 'Match final all', text: 'Match final all\n User late\n Port 1\nMatch all\n Port 9\n' },
  {
    what: 'Match final host',
    text: 'Host web1\n HostName x.example\nMatch final host x.example\n User late\n',
  },
  {
    what: 'Match final, and what is obtained only then',
    text: 'Match host x.example\n User early\nMatch final\n Port 9\nHost *\n HostName x.example\n',
  },
  {
    what: 'Match final, and Host lines about the new name',
    text: 'Host web1\n HostName x.example\nHost x.example\n User late\nMatch final\n Port 9\n',
    hosts: ['web1', 'WEB1'],
  },
  {
    what: 'Match final in a file that no block reaches',
    text: 'Host nobody\n Include DIR/in\nMatch canonical\n Port 9\n',
    files: { in: 'Match final\n User late\n' },
  },
  {
    what: 'Match final, and a HostName that comes too late',
    text: 'Match final\n HostName late.example\n Port 9\n',
  },
  { what: 'Match !final', text: 'Match !final\n User early\nMatch final\n Port 9\n' },
  {
    what: 'Match final, and what adds up',
    text: 'IdentityFile DIR/a\nSendEnv FOO\nMatch final\n IdentityFile DIR/b\n SetEnv X=1\n',
  },
  { what: 'Match canonical', text: 'Match canonical\n User late\n Port 9\n' },
  { what: 'Match canonical with final', text: 'Match canonical\n User c\nMatch final\n Port 9\n' },
  { what: 'Match exec that is not asked', text: 'Match host nobody exec "exit 0"\n User a\n' },
  {
    what: 'Include',
    text: 'Include DIR/one.conf\nPort 9\n',
    files: { 'one.conf': 'User a\nPort 8\n' },
  },
  {
    what: 'Include of several files in order',
    text: 'Include DIR/*.conf DIR/last\n',
    files: { 'b.conf': 'User b\nPort 2\n', 'a.conf': 'User a\n', last: 'BindAddress x\nPort 3\n' },
  },
  {
    what: 'Include with brackets and question marks',
    text: 'Include DIR/[ab]?.conf\n',
    files: { 'a1.conf': 'User a\n', 'c1.conf': 'User c\nPort 1\n', '.a.conf': 'Port 2\n' },
  },
  {
    what: 'Include of a folder beside files',
    text: 'Include DIR/d/*\n',
    files: { 'd/a.conf': 'User a\n', 'd/old/b.conf': 'User b\n' },
  },
  { what: 'Include of nothing', text: 'Include DIR/none*\nInclude DIR/missing\nPort 9\n' },
  {
    what: 'Include within a block',
    text: 'Host web1\n Include DIR/in\n Port 7\nHost *\n User z\n',
    files: { in: 'User a\nHost web2\n Port 2\nHost web1\n Port 3\n' },
    hosts: ['web1', 'web2', 'x'],
  },
  {
    what: 'Include within a Match block',
    text: 'Match host web1\n Include DIR/in\n User m\nPort 4\n',
    files: { in: 'Match user nobody\n User never\nMatch all\n Port 5\n' },
    hosts: ['web1', 'web2'],
  },
  {
    what: 'Include that includes',
    text: 'Host web*\n Include DIR/one\n BindAddress y\n',
    files: {
      one: 'Host web1\n Include DIR/two\n Port 1\n',
      two: 'User deep\nHost *\n HostKeyAlias d\n',
    },
    hosts: ['web1', 'web2', 'db'],
  },
  {
    what: 'a Match within Include that does not outlast it',
    text: 'Include DIR/in\nPort 9\n',
    files: { in: 'Match host nobody\n User never\n' },
  },
  {
    what: 'IdentityFile that adds up',
    text: 'Host web1\n IdentityFile DIR/a\n IdentityFile DIR/b\nHost *\n IdentityFile DIR/a\n IdentityFile DIR/c\n',
  },
  {
    what: 'IdentityFile from -o first',
    text: 'IdentityFile DIR/a\n',
    args: ['-o', 'IdentityFile=DIR/b'],
  },
  {
    what: 'IdentityFile with tokens',
    text: 'User bob\nPort 9\nHostName x\nIdentityFile DIR/%n-%h-%r-%p\nIdentityFile DIR/a%%\n',
  },
  {
    what: 'files that are not there',
    text: 'IdentityFile DIR/missing\nIdentityFile DIR/a\nCertificateFile DIR/missing-cert.pub\nCertificateFile DIR/a-cert.pub\n',
  },
  {
    what: 'IdentitiesOnly and IdentityAgent',
    text: 'IdentitiesOnly yes\nIdentityAgent DIR/agent-%h\n',
  },
  { what: 'IdentityAgent none', text: 'IdentitiesOnly true\nIdentityAgent none\n' },
  { what: 'IdentityAgent from a variable', text: 'IdentityAgent ${FOO}/sock\n' },
  { what: 'IdentityAgent SSH_AUTH_SOCK', text: 'IdentityAgent SSH_AUTH_SOCK\n' },
  { what: 'ProxyJump', text: 'ProxyJump gate\n' },
  { what: 'ProxyJump with users and ports', text: 'ProxyJump bob@gate:2222,inner,ann@last:23\n' },
  { what: 'ProxyJump with a URI', text: 'ProxyJump ssh://bob@gate:2222\n' },
  { what: 'ProxyJump with an address of IPv6', text: 'ProxyJump [fe80::1]:2222\n' },
  ...['ssh://bob@gate:22/', 'ssh://b%6fb@gate', 'ssh://bob;x=y@gate:2'].map((hop) => ({
    what: `ProxyJump ${hop}`,
    text: `ProxyJump ${hop}\n`,
  })),
  { what: 'ProxyJump none in tokens', text: 'ProxyJump none\nUserKnownHostsFile DIR/%C\n' },
  {
    what: 'ProxyJump none',
    text: 'Host web1\n ProxyJump none\nHost *\n ProxyJump gate\n',
    hosts: ['web1', 'web2'],
  },
  { what: 'ProxyJump before ProxyCommand', text: 'ProxyJump gate\nProxyCommand nc %h %p\n' },
  { what: 'ProxyCommand before ProxyJump', text: 'ProxyCommand nc %h %p\nProxyJump gate\n' },
  { what: 'ProxyCommand none before ProxyJump', text: 'ProxyCommand none\nProxyJump gate\n' },
  { what: 'ProxyJump none before ProxyCommand', text: 'ProxyJump none\nProxyCommand nc %h %p\n' },
  {
    what: 'ProxyCommand with quotes and equals signs',
    text: 'ProxyCommand = nc -X connect "%h" --a=b %p\n',
  },
  { what: 'ProxyJump from -o', text: 'ProxyJump gate\n', args: ['-o', 'ProxyJump=other'] },
  {
    what: 'UserKnownHostsFile',
    text: 'UserKnownHostsFile DIR/a DIR/b\nUserKnownHostsFile DIR/c\n',
  },
  {
    what: 'UserKnownHostsFile with tokens',
    text: 'Port 9\nUserKnownHostsFile DIR/%h-%p-%r-%n-%k-%u-%i-%L-%l-%C ~/kh %d/x ${FOO}/y\n',
  },
  { what: 'UserKnownHostsFile none', text: 'UserKnownHostsFile none\n' },
  {
    what: 'GlobalKnownHostsFile',
    text: 'GlobalKnownHostsFile /etc/a /etc/b\nUserKnownHostsFile DIR/a\n',
  },
  { what: 'GlobalKnownHostsFile, which has no tokens', text: 'GlobalKnownHostsFile /x/%h\n' },
  { what: 'GlobalKnownHostsFile none', text: 'GlobalKnownHostsFile none\n' },
  {
    what: 'HostKeyAlias in tokens',
    text: 'HostKeyAlias Real.Example\nUserKnownHostsFile DIR/%k\n',
  },
  ...['yes', 'no', 'off', 'ask', 'accept-new', 'TRUE', 'false'].map((value) => ({
    what: `StrictHostKeyChecking ${value}`,
    text: `StrictHostKeyChecking ${value}\n`,
  })),
  ...['30', '1m30s', '2h', 'none', '0', '1H1M1S', '1w'].map((value) => ({
    what: `ConnectTimeout ${value}`,
    text: `ConnectTimeout ${value}\nServerAliveInterval ${value === 'none' ? '5' : value}\n`,
  })),
  {
    what: 'a time of none, which is as if nothing were said',
    text: 'ConnectTimeout none\nConnectTimeout 5\nServerAliveInterval none\nServerAliveInterval 6\n',
  },
  { what: 'numbers with zeros and large ones', text: 'Port 022\nServerAliveCountMax 2147483647\n' },
  { what: 'ServerAlive', text: 'ServerAliveInterval 10\nServerAliveCountMax 7\n' },
  { what: 'ServerAliveCountMax alone', text: 'ServerAliveCountMax 7\n' },
  { what: 'SendEnv', text: 'SendEnv FOO BA?\nHost web1\n SendEnv LC_*\n' },
  { what: 'SendEnv taken back', text: 'SendEnv FOO BAR LC_*\nSendEnv -FOO -LC*\nSendEnv BAZ\n' },
  { what: 'SetEnv', text: 'SetEnv A=1 "B=two words" A=3\nSetEnv C=4\n' },
  { what: 'SendEnv and SetEnv of one name', text: 'SendEnv FOO\nSetEnv FOO=set\n' },
  { what: 'AddressFamily inet, BindAddress', text: 'AddressFamily inet\nBindAddress 127.0.0.1\n' },
  { what: 'AddressFamily inet6', text: 'AddressFamily INET6\nAddressFamily any\n' },
  { what: 'Ciphers', text: 'Ciphers aes128-ctr,aes256-ctr\n' },
  { what: 'Ciphers added', text: 'Ciphers +aes128-cbc,aes128-ctr\n' },
  { what: 'Ciphers taken away', text: 'Ciphers -chacha*,*-ctr\n' },
  { what: 'Ciphers first', text: 'Ciphers ^aes256-ctr,3des-cbc\n' },
  { what: 'KexAlgorithms', text: 'KexAlgorithms curve25519-sha256\n' },
  { what: 'KexAlgorithms added', text: 'KexAlgorithms +diffie-hellman-group14-sha1\n' },
  { what: 'KexAlgorithms taken away', text: 'KexAlgorithms -sntrup*,ecdh-*\n' },
  { what: 'MACs', text: 'MACs ^hmac-sha2-512,hmac-sha1\n' },
  { what: 'MACs taken away', text: 'MACs -*-etm@openssh.com\n' },
  { what: 'HostKeyAlgorithms', text: 'HostKeyAlgorithms ssh-ed25519\n' },
  { what: 'HostKeyAlgorithms added', text: 'HostKeyAlgorithms +ssh-rsa,ssh-dss\n' },
  { what: 'HostKeyAlgorithms by patterns', text: 'HostKeyAlgorithms ecdsa*,ssh-ed25519\n' },
  { what: 'HostKeyAlgorithms first by patterns', text: 'HostKeyAlgorithms ^rsa-*\n' },
  { what: 'HostKeyAlgorithms taken away', text: 'HostKeyAlgorithms -*cert*\n' },
  { what: 'Compression', text: 'Compression yes\n' },
  ...['yes', 'no', 'force', 'auto', 'true'].map((value) => ({
    what: `RequestTTY ${value}`,
    text: `RequestTTY ${value}\n`,
  })),
  { what: 'ForwardAgent', text: 'ForwardAgent yes\n' },
  {
    what: 'ForwardAgent no before yes',
    text: 'Host web1\n ForwardAgent no\nHost *\n ForwardAgent yes\n',
  },
  { what: 'IgnoreUnknown', text: 'IgnoreUnknown Foo,bar*\nFoo 1\nBarBaz 2\nPort 9\n' },
  { what: 'IgnoreUnknown from -o', text: 'Foo 1\nPort 9\n', args: ['-o', 'IgnoreUnknown=foo'] },
  {
    what: 'older names',
    text: 'IdentityFile2 DIR/a\nKeepAlive yes\nSetupTimeOut 5\nDSAAuthentication yes\n',
  },
  {
    what: 'options that we do not honour',
    text: 'LogLevel QUIET\nControlMaster auto\nControlPath DIR/%C\nLocalForward 8080 x:80\nGSSAPIAuthentication no\nPort 9\n',
  },
  { what: '-o before the file', text: 'Port 9\nUser a\n', args: ['-o', 'Port=10', '-o', 'User b'] },
  { what: '-o twice', text: '', args: ['-o', 'Port=10', '-o', 'Port=11'] },
  { what: '-o with quotes', text: '', args: ['-o', 'User="bob smith"', '-o', 'SetEnv A=1 B=2'] },
  {
    what: '-l and -p before the file',
    text: 'Port 9\nUser a\nMatch user bob\n HostName x\n',
    args: ['-l', 'bob', '-p', '77'],
  },
  {
    what: 'what a user may well have',
    text: 'Include DIR/d/*.conf\n\nHost github.com\n  User git\n  IdentityFile DIR/a\n  IdentitiesOnly yes\n\nHost *.prod !bastion.prod\n  ProxyJump bastion.prod\n  User ops\n\nHost bastion.prod\n  HostName 192.0.2.1\n  Port 2200\n\nMatch host *.example,192.0.2.* user ops\n  IdentityFile DIR/b\n\nHost *\n  ServerAliveInterval 60\n  AddKeysToAgent yes\n  HashKnownHosts yes\n  SendEnv LANG LC_*\n',
    files: { 'd/10-dev.conf': 'Host dev\n  HostName dev.example\n  User ops\n' },
    hosts: ['github.com', 'db1.prod', 'bastion.prod', 'dev', 'x'],
  },
];

/** Files that ssh refuses, and so do we; and what our message says. */
export const REFUSED: readonly (Config & { readonly message: RegExp })[] = [
  {
    what: 'an unknown keyword',
    text: 'Port 9\nProxyJmp gate\n',
    message: /config:2: unknown option "proxyjmp"/u,
  },
  {
    what: 'an unknown keyword in a block that does not hold',
    text: 'Host nobody\n Foo 1\n',
    message: /config:2: unknown option "foo"/u,
  },
  {
    what: 'an unknown keyword before IgnoreUnknown',
    text: 'Foo 1\nIgnoreUnknown foo\n',
    message: /config:1: unknown/u,
  },
  {
    what: 'an unknown keyword that IgnoreUnknown does not name',
    text: 'IgnoreUnknown bar\nFoo 1\n',
    message: /config:2: unknown/u,
  },
  { what: 'a keyword without a value', text: 'Port\n', message: /config:1: .*needs a value/u },
  { what: 'an empty value', text: 'User ""\n', message: /config:1: User needs a value/u },
  {
    what: 'a quote that is not closed',
    text: 'User "bob\n',
    message: /config:1: a quote is not closed/u,
  },
  {
    what: 'more than one value',
    text: 'User bob ann\n',
    message: /config:1: User takes one value/u,
  },
  {
    what: 'a port that is none',
    text: 'Host x\n Port 70000\n',
    message: /config:2: Port takes a port/u,
  },
  {
    what: 'a flag that is none',
    text: 'IdentitiesOnly maybe\n',
    message: /config:1: IdentitiesOnly takes yes or no/u,
  },
  {
    what: 'a time that is none',
    text: 'ConnectTimeout soon\n',
    message: /config:1: ConnectTimeout takes a time/u,
  },
  {
    what: 'a number that is none',
    text: 'ServerAliveCountMax many\n',
    message: /config:1: ServerAliveCountMax takes a number/u,
  },
  {
    what: 'a word that is none of those',
    text: 'StrictHostKeyChecking sometimes\n',
    message: /config:1: StrictHostKeyChecking takes one of yes/u,
  },
  {
    what: 'a family of addresses that is none',
    text: 'AddressFamily ipx\n',
    message: /config:1: AddressFamily takes/u,
  },
  {
    what: 'an algorithm list that is none',
    text: 'Ciphers a;b\n',
    message: /config:1: Ciphers takes names/u,
  },
  {
    what: 'SendEnv with a value',
    text: 'SendEnv A=1\n',
    message: /config:1: SendEnv takes the names/u,
  },
  {
    what: 'SetEnv without a value',
    text: 'SetEnv A\n',
    message: /config:1: SetEnv takes NAME=VALUE/u,
  },
  {
    what: 'none beside other files',
    text: 'UserKnownHostsFile none DIR/a\n',
    message: /config:1: UserKnownHostsFile has none/u,
  },
  {
    what: 'a jump host with a path',
    text: 'ProxyJump ssh://gate/path\n',
    message: /config:1: ProxyJump the jump host "gate\/path" has a path/u,
  },
  {
    what: 'a keyword that nobody knows, without a value',
    text: 'ProxyJmp\n',
    message: /config:1: unknown option "proxyjmp"/u,
  },
  {
    what: 'a file with a byte order mark',
    text: '\uFEFFPort 9\n',
    message: /config:1: unknown option "<U\+FEFF>port"/u,
  },
  {
    what: 'a jump host that is none',
    text: 'ProxyJump a,,b\n',
    message: /config:1: ProxyJump the jump host/u,
  },
  { what: 'Match without a criterion', text: 'Match # none\n', message: /config:1: Match needs/u },
  {
    what: 'Match without an argument',
    text: 'Match host\n',
    message: /config:1: Match host needs a value/u,
  },
  {
    what: 'Match with an unknown criterion',
    text: 'Match hots web1\n',
    message: /config:1: Match does not know "hots"/u,
  },
  {
    what: 'Match all beside others',
    text: 'Match all host web1\n',
    message: /config:1: Match all stands alone/u,
  },
  {
    what: 'Match host all',
    text: 'Match host a user b all\n',
    message: /config:1: Match all stands alone/u,
  },
  { what: 'an empty pattern of Host', text: 'Host ""\n', message: /config:1: .*(?:empty|value)/u },
  {
    what: 'Include of itself',
    text: 'Include DIR/config\n',
    message: /config:1: includes are more than 16 deep/u,
  },
  {
    what: 'a bad line in what is included',
    text: 'Include DIR/in\n',
    files: { in: '\nFoo 1\n' },
    message: /in:2: unknown option/u,
  },
  { what: 'a bad token', text: 'HostName %x\n', message: /config:1: HostName has the token %x/u },
  {
    what: 'a percent sign at the end',
    text: 'HostName a%\n',
    message: /config:1: HostName ends with %/u,
  },
  {
    what: 'a bad token of a file',
    text: 'UserKnownHostsFile DIR/%T\n',
    message: /config:1: UserKnownHostsFile has the token %T/u,
  },
  {
    what: 'a variable that is not set',
    text: 'UserKnownHostsFile ${NOT_SET}/x\n',
    message: /config:1: .*NOT_SET, which is not set/u,
  },
  {
    what: 'Host as an option',
    text: '',
    args: ['-o', 'Host=web1'],
    message: /^-o Host=web1: host stands in files only$/u,
  },
  {
    what: 'an unknown option',
    text: '',
    args: ['-o', 'Foo=1'],
    message: /^-o Foo=1: unknown option "foo"$/u,
  },
  {
    what: 'a bad value of an option',
    text: '',
    args: ['-o', 'Port=x'],
    message: /^-o Port=x: Port takes a port/u,
  },
];
