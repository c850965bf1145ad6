import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/**
 * Which test fails where a control of the threat model is taken away: its file, and a part of its name as it stands there.
 * C22, the dashboard, is not built.
 */
const CONTROLS: Readonly<Record<string, readonly (readonly [file: string, name: string])[]>> = {
  C01: [
    ['transport/host-keys/host-key-check.test.ts', 'refuses an unknown key with its type'],
    ['transport/host-keys/host-key-check.test.ts', 'is refused under %s, naming the line'],
    ['transport/host-keys/host-key-check.test.ts', 'is refused under %s though it is known too'],
    ['transport/host-keys/host-certificates.test.ts', 'a certificate vouches for a host only'],
    ['faults/host-keys.test.ts', 'F11 unknown host key'],
    ['faults/host-keys.test.ts', 'F12 changed host key'],
  ],
  C02: [
    ['transport/host-keys/verifier.test.ts', 'a promise of no is a yes to it, and a no behind'],
    ['transport/host-keys/host-key-check.test.ts', 'to every answer but exactly null: promises'],
    ['transport/host-keys/verifier.test.ts', 'nothing of ours reaches a host whose key is'],
    ['transport/connect.test.ts', 'F11 unknown host key: no authentication is tried'],
  ],
  C03: [
    ['transport/agent-forwarding.test.ts', 'C03: every channel that a host opens of itself'],
    ['transport/agent-forwarding.test.ts', 'C03: so is one to an agent that is lent'],
    ['targets/ssh-config/resolve.test.ts', 'C03: forward the agent because the operator says so'],
    ['transport/global-requests.test.ts', 'what a server asks of us is refused'],
  ],
  C04: [
    ['transport/connect.test.ts', 'no SHA-1 and no CBC, and wants strict key exchange'],
    ['transport/ciphers.test.ts', 'a real server takes packets of every length with $cipher'],
    ['transport/connect/handshake.test.ts', 'open to Terrapin'],
    ['transport/connect.test.ts', 'C04: warns of a server that is open to Terrapin'],
    ['transport/credentials/credentials.test.ts', 'an RSA key never signs with SHA-1'],
    ['security/algorithms.test.ts', 'C04: what is offered is pinned'],
  ],
  C05: [
    ['base/safe-text.test.ts', 'no control character but tab and newline is left, whatever came'],
    ['faults/hostile-text.test.ts', 'F34 in output: caret form on a terminal'],
    ['faults/hostile-text.test.ts', 'F35 escape sequences elsewhere'],
  ],
  C06: [
    ['security/sources.test.ts', 'no text becomes code'],
    ['security/sources.test.ts', 'patterns are made of text in few places'],
  ],
  C07: [
    ['rooms.test.ts', 'a local shell'],
    ['targets/ssh-config/reading.test.ts', 'C07: Match exec'],
    ['transport/proxy-command.test.ts', 'gets its arguments as they are'],
    ['targets/host-name.test.ts', 'a host that could be more than a host is refused'],
  ],
  C08: [
    ['work/quote.test.ts', 'a quoted word is read back by %s as it was'],
    ['work/wrap/program.test.ts', 'variables arrive byte for byte'],
    ['work/command.test.ts', 'goes to the login shell as it is'],
    ['work/command.test.ts', 'C08: reaches the login shell byte for byte'],
  ],
  C09: [
    ['presenters/output-dir.test.ts', 'C09: of any host is one plain name of limited length'],
    ['work/transfer/names.test.ts', 'never lead out of their folder, and no two are one file'],
  ],
  C10: [
    ['service/secure-folder.test.ts', 'is made 0700, whatever the mask'],
    ['service/secure-folder.test.ts', 'is refused where it is a link, even to a folder of ours'],
    ['service/log.test.ts', 'is not written through a link'],
    ['presenters/output-dir.test.ts', 'never go where a link points'],
    ['security/core-dumps.test.ts', 'C10: its mask is 077'],
    ['e2e/audit.test.ts', 'that cannot be written lets nothing run'],
    ['results/spill.test.ts', 'C10: the file is private, and has no name'],
    ['service/claim.test.ts', 'C10: is written down for its user alone'],
  ],
  C11: [
    ['service/socket.test.ts', 'is 0600 whatever the mask, alone in its folder'],
    ['service/paths.test.ts', 'a socket path of 100 bytes is taken and one of 101 refused'],
    ['service/lock.test.ts', 'never has two owners, whoever dies at whatever step'],
    ['faults/service.test.ts', 'F50: controllers that start together'],
    ['faults/service.test.ts', 'F51: what a controller leaves that was killed'],
  ],
  C12: [
    ['service/openapi.test.ts', 'has every route that is registered, and nothing else'],
    ['service/routes.test.ts', 'refuses what is no request of its own'],
    ['service/routes.test.ts', 'is read no faster than its client reads'],
    ['service/routes.test.ts', 'of the changes of all jobs is read no faster either'],
    ['service/client-limits.test.ts', 'is let ask so much at once, the next as time goes by'],
    ['service/client-limits.test.ts', 'is closed where it asks without waiting'],
    ['service/client-limits.test.ts', 'is closed where nothing is asked for too long'],
    ['service/client-limits.test.ts', 'do not come to their end'],
    ['fuzz/routes.test.ts', 'answer any request with a status of its own'],
    ['fuzz/routes.test.ts', 'hold on to nothing of what was asked'],
  ],
  C13: [
    ['base/secret.test.ts', 'a secret shows itself in no text'],
    ['security/canary.test.ts', 'C13: leaves none of them anywhere'],
    ['e2e/become.test.ts', 'C13: runs as root, and its password is in no output'],
    ['service/log.test.ts', 'what is said of a crash'],
    ['service/serve.test.ts', 'the log tells where it was and no secret'],
  ],
  C14: [
    ['faults/inventory.test.ts', 'F53 group cycle'],
    ['faults/inventory.test.ts', 'F56 hostile keys'],
    ['targets/inventory/limits.test.ts', 'F55: an inventory made to exhaust us is refused'],
  ],
  C15: [
    [
      'transport/channel/window.test.ts',
      'a reader that pauses costs what its server was allowed to send',
    ],
    ['security/endless.test.ts', 'C15: a host that sends %s without end is given up'],
    ['faults/output-limit.test.ts', 'cut: the first and the last part'],
    ['faults/transfers.test.ts', 'a size that no disk has room for'],
  ],
  C16: [
    ['controller/reach.test.ts', '%s is never tried again'],
    ['transport/channel.test.ts', 'F17 by a reset, with every byte before it'],
    ['faults/lost.test.ts', 'F19 server process killed'],
    ['e2e/audit.test.ts', 'goes on where a controller was killed: every child is there once'],
  ],
  C17: [
    ['faults/transfers.test.ts', 'C17: a download from a hostile server writes nothing outside'],
  ],
  C18: [
    ['faults/connect.test.ts', 'F02 black hole on connect'],
    ['faults/greeting.test.ts', 'F06 slow greeting: over the deadline it fails'],
    ['faults/command.test.ts', 'F16 exec never answered'],
    ['faults/command.test.ts', 'F25 status, channel never closes'],
    ['transport/connect/deadlines.test.ts', 'the look-up of a name'],
    ['transport/connect/deadlines.test.ts', 'a key exchange that the server leaves to us'],
    ['transport/connect/deadlines.test.ts', 'a login that the server does not decide on'],
  ],
  C19: [
    ['faults/greeting.test.ts', 'F08 endless pre-banner lines'],
    ['transport/connect/link.test.ts', 'C19: the first error wins'],
  ],
  C20: [
    ['transport/channel.test.ts', 'F21 by a server that does not answer any more'],
    ['transport/channel.test.ts', 'outlasts many keepalives'],
    ['transport/keepalive.test.ts', 'takes a stall of our own for no silence of the server'],
    ['transport/keepalive.test.ts', 'C20: is on where nobody says anything of it'],
  ],
  C21: [
    ['security/sources.test.ts', 'is of exact versions, those of the lockfile'],
    ['security/sources.test.ts', 'runs no scripts when it is installed'],
  ],
  C23: [
    ['results/audit/verify.test.ts', 'finds any change of any byte'],
    ['results/audit/together.test.ts', 'is one chain, with every line once'],
    ['e2e/audit.test.ts', 'has who ran what where and what came of it'],
  ],
  C24: [
    ['security/core-dumps.test.ts', 'C24: no memory of the controller goes into a core dump'],
    ['base/secret.test.ts', 'an erased secret is gone from the bytes that were lent'],
    ['transport/credentials/credentials.test.ts', 'C24: are overwritten once they were tried'],
  ],
  C25: [
    ['controller/rollout/breaker.test.ts', 'C25: the breaker'],
    ['e2e/rollout.test.ts', 'C25: a key that no host takes is tried on a few'],
    ['faults/login.test.ts', 'F13 authentication denied: each key is offered once'],
    ['transport/connect/passwords.test.ts', 'is not tried there again, until it is given anew'],
  ],
};

/** What others write and we read: each is read right, soon, and in bounds, whatever is in it. */
const FUZZED: Readonly<Record<string, readonly (readonly [file: string, name: string])[]>> = {
  'node sets': [
    ['targets/nodeset/properties.test.ts', 'is expanded within the bound, or refused'],
    ['fuzz/inputs.test.ts', "test('node sets'"],
  ],
  known_hosts: [['fuzz/known-hosts.test.ts', 'whatever known_hosts holds, it is read']],
  ssh_config: [
    ['targets/ssh-config/properties.test.ts', 'whatever a file holds, it is read or refused'],
    ['fuzz/inputs.test.ts', "test('ssh_config'"],
  ],
  'hosts.yaml': [
    ['targets/inventory/properties.test.ts', 'near an inventory is one, or is refused'],
    ['fuzz/inputs.test.ts', "test('hosts.yaml'"],
  ],
  'marker lines': [
    ['work/output/output-filter.test.ts', 'does not depend on how the bytes are cut'],
    ['fuzz/inputs.test.ts', "test('what commands mark in their output'"],
  ],
  'the routes of the service': [['fuzz/routes.test.ts', 'answer any request with a status']],
  'the journal': [
    ['fuzz/journal.test.ts', 'whatever a power cut or a bad disk makes of a journal'],
  ],
};

const NUMBERS = Array.from({ length: 25 }, (_, at) => `C${String(at + 1).padStart(2, '0')}`);

test('every control but that of the dashboard has a test', () => {
  expect(Object.keys(CONTROLS)).toEqual(NUMBERS.filter((number) => number !== 'C22'));
});

test.each([...Object.entries(CONTROLS), ...Object.entries(FUZZED)])(
  '%s: the tests that prove it are there',
  (_, proofs) => {
    for (const [file, name] of proofs)
      expect(readFileSync(join(import.meta.dirname, '..', file), 'utf8'), file).toContain(name);
  },
);
