import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/base/secret.ts';
import { userAccess } from '../../src/model/access.ts';
import { JOB_DEFAULTS } from '../../src/model/defaults.ts';
import type { JobDefinition } from '../../src/model/definition.ts';
import { PLAIN_SSH } from '../../src/model/ssh-settings.ts';
import type { Target } from '../../src/model/target.ts';
import { definitionFrom, wireDefinition } from '../../src/service/wire/definition.ts';
import { placesFault, targetsFrom, wireTargets } from '../../src/service/wire/targets.ts';

const target = (name: string, more: Partial<Target> = {}): Target => ({
  name,
  address: name,
  port: 22,
  user: 'me',
  identities: [],
  jump: [],
  vars: {},
  groups: [],
  ...more,
});

const settings = { ...PLAIN_SSH, hostKeyAlias: 'alias', proxyCommand: null };
const gates = [target('gate', { ssh: { ...PLAIN_SSH, compression: true } }), target('inner')];

describe('targets on the wire', () => {
  test('come back as they were, with their jump hosts and settings', () => {
    const targets = [
      target('a', { jump: gates, ssh: settings }),
      target('b', { vars: { role: 'x' }, groups: ['g'] }),
    ];
    const wire: unknown = JSON.parse(JSON.stringify(wireTargets(targets)));
    expect(targetsFrom(wire as ReturnType<typeof wireTargets>)).toEqual(targets);
  });

  test('name what they share once, and share it again on the other side', () => {
    const targets = ['a', 'b', 'c'].map((name) => target(name, { jump: gates, ssh: settings }));
    const wire = wireTargets(targets);
    expect(wire.ways).toHaveLength(1);
    expect(wire.settings).toHaveLength(2);
    const [first, second] = targetsFrom(wire);
    expect(first?.jump).toBe(second?.jump);
    expect(first?.ssh).toBe(second?.ssh);
  });

  test('that name a way which is not there are refused: without it they would be reached directly', () => {
    const wire = wireTargets([target('a', { jump: gates })]);
    expect(placesFault(wire)).toBeNull();
    expect(placesFault({ ...wire, ways: [] })).toMatch(
      /jump hosts or settings that are not there/u,
    );
    const [way = []] = wire.ways;
    const [hop = null] = way;
    const nested = { ...wire, ways: hop === null ? [] : [[{ ...hop, way: 0 }]] };
    expect(placesFault(nested)).toMatch(/a jump host names jump hosts/u);
  });
});

test('a definition keeps its secrets on the way to the controller, and nowhere shows them', () => {
  const definition: JobDefinition = {
    ...JOB_DEFAULTS,
    work: { kind: 'command', command: 'id' },
    targets: [target('a')],
    items: null,
    access: {
      ...userAccess({ home: '/home/me', agent: null }),
      password: new Secret('log me in'),
    },
    become: { method: 'sudo', user: 'root', password: new Secret('let me be') },
    name: null,
    input: null,
    verbosity: 0,
    keepMs: null,
  };
  expect(JSON.stringify(definition)).not.toMatch(/log me in|let me be/u);
  const wire: unknown = JSON.parse(JSON.stringify(wireDefinition(definition, '')));
  const back = definitionFrom(wire as ReturnType<typeof wireDefinition>, null, null);
  const shown = (secret: Secret | null | undefined): string | undefined =>
    secret?.use((bytes) => bytes.toString());
  expect(shown(back.access.password)).toBe('log me in');
  expect(shown(back.become?.password)).toBe('let me be');
  // Each line of a shell is a request of its own, and its password was typed once.
  const giving = (from: JobDefinition): object | undefined => {
    const sent = wireDefinition(from, '');
    return definitionFrom(sent, null, null).access.password?.giving;
  };
  expect(giving(definition)).toBe(giving(definition));
  const password = new Secret('log me in');
  expect(giving({ ...definition, access: { ...definition.access, password } })).not.toBe(
    giving(definition),
  );
  expect(JSON.stringify(back)).not.toMatch(/log me in|let me be/u);
});
