/** How a list of jobs is laid out. */
export interface Fit {
  /** Of each column, in characters; 0: the column is not shown. */
  readonly widths: readonly number[];
  /** Blanks between columns. */
  readonly gap: number;
  /** No line may be longer; null: any length. */
  readonly width: number | null;
}

/**
 * Widths for `Id Name Type State HasMoreData Location Command` from the widest cell of each. Where they do not all fit,
 * name and location are first cut to the widths that PowerShell gives them, so that the command gets the rest; where that
 * is little, the longest of the three are cut to one length; and where that is of no use, the command drops off.
 */
export function fitColumns(widest: readonly number[], width: number | null): Fit {
  const wide = sum(widest) + WIDE_GAP * (widest.length - 1);
  if (width === null || wide <= width) return { widths: widest, gap: WIDE_GAP, width };
  const [id = 0, name = 0, type = 0, state = 0, more = 0, location = 0, command = 0] = widest;
  const room = width - (id + type + state + more) - NARROW_GAP * (widest.length - 1);
  const [names = 0, locations = 0, commands = 0] = fitThree([name, location, command], room);
  return {
    widths: [id, names, type, state, more, locations, commands],
    gap: NARROW_GAP,
    width,
  };
}

/** Name, location and command in this room; a command of 0 has dropped off, and its gap is room too. */
function fitThree(wanted: readonly number[], room: number): readonly number[] {
  const [name = 0, location = 0, command = 0] = wanted;
  if (sum(wanted) <= room) return wanted;
  const usualName = Math.min(name, USUAL_NAME);
  const usualLocation = Math.min(location, USUAL_LOCATION);
  const rest = room - usualName - usualLocation;
  if (rest >= Math.min(command, GOOD_COMMAND)) {
    const commands = Math.min(command, rest);
    // What the command does not need goes to the location, and then to the name.
    const locations = Math.min(location, room - commands - usualName);
    return [room - commands - locations, locations, commands];
  }
  const level = levelFor(wanted, room);
  if (level >= LEAST_COMMAND) {
    const [names, locations] = [Math.min(name, level), Math.min(location, level)];
    return [names, locations, Math.min(command, room - names - locations)];
  }
  const both = [name, location];
  const most = levelFor(both, room + NARROW_GAP);
  const names = Math.min(name, most);
  return [names, Math.max(most, Math.min(location, room + NARROW_GAP - names)), 0];
}

/** The greatest width to which these may all be cut so that they fit; at least 1. */
function levelFor(wanted: readonly number[], room: number): number {
  let level = Math.max(1, Math.min(room, Math.max(...wanted)));
  while (level > 1 && sum(wanted.map((each) => Math.min(each, level))) > room) level -= 1;
  return level;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

const WIDE_GAP = 2;
const NARROW_GAP = 1;
/** PowerShell's widths of Name and Location (JobBase format). */
const USUAL_NAME = 15;
const USUAL_LOCATION = 20;
/** Enough of a command to tell it from others; below this it shares alike with the name and the location. */
const GOOD_COMMAND = 20;
/** Less of a command tells nothing. */
const LEAST_COMMAND = 8;
