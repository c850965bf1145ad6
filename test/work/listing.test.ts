import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Channel } from '../../src/model/ports/transport.ts';
import { choose, inOrderOfBirth, parseListing } from '../../src/work/stop/listing.ts';

function channels(count: number): readonly Channel[] {
  return Array.from({ length: count }, () => ({
    ended: new Promise(() => undefined),
    write: () => Promise.resolve(true),
    endInput: () => undefined,
    pause: () => undefined,
    resume: () => undefined,
    signal: () => undefined,
    close: () => undefined,
  }));
}

describe('the list of a connection', () => {
  test('names the script and the children of the server', () => {
    expect(parseListing(['list', '12', '10:700', '12:701'])).toEqual({
      self: 12,
      children: [
        { pid: 10, start: 700 },
        { pid: 12, start: 701 },
      ],
    });
  });

  test.each([
    ['another word', ['gone', '0']],
    ['nothing', []],
    ['without the script itself', ['list', '12', '10:700']],
    ['with a number too long', ['list', '12', '12:701', '10:7000000000000000']],
    ['with init', ['list', '12', '12:701', '1:0']],
    ['with the caller’s own group', ['list', '12', '12:701', '0:5']],
    ['with a negative number', ['list', '12', '12:701', '-1:5']],
    ['with a command', ['list', '12', '12:701', '$(reboot):5']],
    ['with too many fields', ['list', '12', '12:701:9']],
  ])('is refused: %s', (_, words) => {
    expect(parseListing(words)).toBeNull();
  });

  test('is in the order of birth, also where the numbers wrap round within one tick', () => {
    const born = [
      { pid: 32_766, start: 7 },
      { pid: 32_767, start: 7 },
      { pid: 301, start: 7 },
      { pid: 300, start: 8 },
    ];
    expect(inOrderOfBirth(born.toReversed())).toEqual(born);
  });
});

describe('choosing a process', () => {
  /**
   * What really happens: commands begin in order, the script among them; some end before the host looks, some after, and
   * of these the report may have come to us or not. Those that ended before the look have always reported.
   */
  const history = fc
    .record({
      fates: fc.array(fc.constantFrom('runs', 'ended before', 'reported since', 'ended since'), {
        minLength: 1,
        maxLength: 8,
      }),
      after: fc.nat({ max: 3 }),
      wanted: fc.nat(),
      gap: fc.array(fc.nat({ max: 2 }), { minLength: 12, maxLength: 12 }),
    })
    .map(({ fates, after, wanted, gap }) => {
      const all = channels(fates.length + 1 + after);
      let start = 100;
      const born = all.map((channel, index) => {
        start += gap[index] ?? 0;
        return { channel, process: { pid: 500 + index, start } };
      });
      const fate = (index: number): string => fates[index] ?? 'runs';
      const script = born[fates.length];
      const target = born[wanted % fates.length];
      if (script === undefined || target === undefined) throw new Error('no such command');
      return {
        script,
        target,
        targetFate: fate(born.indexOf(target)),
        listed: born.filter((_, index) => fate(index) !== 'ended before'),
        running: born.filter((_, index) => fate(index) === 'runs' || fate(index) === 'ended since'),
        settled: fates.every((one) => one !== 'reported since'),
      };
    });

  test('never gives another command’s process, and gives the right one when nothing changes', () => {
    fc.assert(
      fc.property(history, ({ script, target, targetFate, listed, running, settled }) => {
        const listing = {
          self: script.process.pid,
          children: listed.map(({ process }) => process).toSorted((a, b) => b.pid - a.pid),
        };
        const all = running.map(({ channel }) => channel);
        const choice = choose(
          listing,
          { sent: all.slice(0, all.indexOf(script.channel) + 1), running: all },
          script.channel,
          target.channel,
        );
        const isOver = targetFate === 'ended before' || targetFate === 'reported since';
        if (isOver) expect(choice).toBe('over');
        else if (settled) expect(choice).toEqual(target.process);
        else expect(choice).toBe('unclear');
      }),
      { numRuns: 500 },
    );
  });

  test('waits where the host lists fewer than have not reported', () => {
    const [first, second, script] = channels(3);
    if (first === undefined || second === undefined || script === undefined)
      throw new Error('none');
    const children = [
      { pid: 10, start: 1 },
      { pid: 12, start: 3 },
    ];
    const running = [first, second, script];
    expect(choose({ self: 12, children }, { sent: running, running }, script, first)).toBe(
      'unclear',
    );
  });

  test('finds also what was sent to a script that was there already, or waits', () => {
    const later = history.filter(({ settled }) => settled);
    fc.assert(
      fc.property(later, fc.nat(), fc.nat(), ({ script, running, listed }, pick, seen) => {
        const all = running.map(({ channel }) => channel);
        const scriptAt = all.indexOf(script.channel);
        // Asked when some had been sent since the script, and answered when others may have been begun.
        const asked = all.slice(0, scriptAt + 1 + (pick % (all.length - scriptAt)));
        const shown = listed.filter(({ channel }) => all.includes(channel));
        const last = asked.length + (seen % (shown.length - asked.length + 1));
        const children = shown.slice(0, last).map(({ process }) => process);
        const wanted = asked.at(-1);
        const right = running.find(({ channel }) => channel === wanted)?.process;
        if (wanted === undefined || right === undefined) throw new Error('no such command');
        const listing = { self: script.process.pid, children };
        const choice = choose(listing, { sent: asked, running: all }, script.channel, wanted);
        const isClear = last === asked.length || wanted === script.channel;
        if (isClear) expect(choice).toEqual(right);
        else expect(choice).toBe('unclear');
        const unasked = all.slice(asked.length);
        for (const one of unasked) {
          expect(choose(listing, { sent: asked, running: all }, script.channel, one)).toBe(
            'unclear',
          );
        }
      }),
      { numRuns: 500 },
    );
  });

  test('gives nothing without the script’s own channel', () => {
    const [first, script] = channels(2);
    if (first === undefined || script === undefined) throw new Error('none');
    const children = [{ pid: 12, start: 3 }];
    expect(
      choose({ self: 12, children }, { sent: [first, script], running: [first] }, script, first),
    ).toBe('unclear');
  });
});
