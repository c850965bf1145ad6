import fc from 'fast-check';
import type { Config } from './configs.ts';

/** Files that are mostly in order: conditions of all kinds, three included files, options that say the same twice. */
export function randomConfig(): fc.Arbitrary<Config & { readonly hosts: readonly [string] }> {
  const text = (arbitrary: fc.Arbitrary<string>, maxLength: number): fc.Arbitrary<string> =>
    fc.array(arbitrary, { maxLength }).map((lines) => `${lines.join('\n')}\n`);
  const include = fc.constantFrom('Include DIR/in', 'Include DIR/one DIR/two');
  const inner = text(line, 5);
  return fc
    .record({
      text: text(fc.oneof({ weight: 10, arbitrary: line }, include), 14),
      files: fc.record({ in: inner, one: inner, two: inner }),
      host: fc.constantFrom('web1', 'WEB1', 'db1', 'web2'),
    })
    .map(({ host, text: main, files }) => ({ what: 'random', text: main, files, hosts: [host] }));
}

const pattern = fc.constantFrom(
  'web1',
  'web*',
  '*',
  '!web1',
  '!db*',
  'w?b1',
  'WEB1',
  'a,web1',
  '?',
  '*1',
  '"web1"',
  "'web*'",
);
const host = fc
  .array(pattern, { minLength: 1, maxLength: 3 })
  .map((some) => `Host ${some.join(' ')}`);
const criterion = fc.oneof(
  fc.constantFrom('all', 'final', 'canonical', '!final', '!canonical'),
  fc
    .tuple(
      fc.constantFrom('host', 'originalhost', 'user', 'localuser', '!host', '!user', 'HOST'),
      fc.constantFrom(' ', '\t', '=', ' = '),
      fc.constantFrom(
        'web1',
        'web*',
        '*',
        'bob',
        '!bob,*',
        'x.example',
        'ME',
        '*.example',
        '"web1"',
        'a,b',
      ),
    )
    .map((parts) => parts.join('')),
);
const match = fc
  .array(criterion, { minLength: 1, maxLength: 3 })
  .map((some) => `Match ${some.join(' ')}`);
const option = fc.constantFrom(
  'Port 22',
  'Port "23" # c',
  'User bob',
  'User a#b',
  String.raw`User \"x`,
  '  # comment',
  '',
  'HostName %h.example',
  'HostName x.example',
  'HostName WEB.Example',
  'HostKeyAlias Foo',
  'IdentityFile DIR/a',
  'IdentityFile DIR/b',
  'IdentitiesOnly yes',
  'CertificateFile DIR/a-cert.pub',
  'ProxyJump gate',
  'ProxyJump none',
  'ProxyJump a,b:22',
  'ProxyCommand nc %h',
  'ProxyCommand none',
  'UserKnownHostsFile DIR/%h-%r-%p',
  'UserKnownHostsFile none',
  'GlobalKnownHostsFile /x /y',
  'StrictHostKeyChecking no',
  'ConnectTimeout 5',
  'ServerAliveInterval 1m',
  'IdentityAgent DIR/%n',
  'SendEnv FOO',
  'SendEnv -F*',
  'SendEnv BA? LC_*',
  'SetEnv A=1 B=2',
  'SetEnv C="x y"',
  'Ciphers +aes128-cbc',
  'Ciphers -*ctr',
  'MACs ^hmac-sha1',
  'HostKeyAlgorithms +ssh-rsa',
  'Compression yes',
  'RequestTTY force',
  'ForwardAgent yes',
  'AddressFamily inet6',
  'IgnoreUnknown foo',
);
const line = fc.oneof(
  { weight: 6, arbitrary: option },
  { weight: 2, arbitrary: host },
  { weight: 2, arbitrary: match },
);
