import type { WorkContext } from '../../model/ports/work.ts';
import type { OutputFilter } from '../begin.ts';
import { jsonLines } from './json-lines.ts';
import { LinePicker } from './line-picker.ts';
import { markerLines } from './markers.ts';

export interface OutputFlags {
  /** Lines of stdout like `::warning::text` become records of that stream. */
  readonly markers: boolean;
  /** Lines of stdout that hold a JSON object become structured records. */
  readonly records: boolean;
}

/** What stands between a command's bytes and its records; null where nothing has to. */
export function outputFilter(
  { markers, records }: OutputFlags,
  context: Pick<WorkContext, 'write' | 'progress'>,
): OutputFilter | null {
  if (!markers && !records) return null;
  const output = (bytes: Uint8Array): void => context.write('output', bytes);
  const objects = records
    ? new LinePicker(
        jsonLines((line) => context.write('output', line, true)),
        output,
      )
    : null;
  // A marker begins a line: what came before it has ended, and so has gone through `objects`.
  const afterMarkers = (bytes: Uint8Array): void =>
    objects === null ? output(bytes) : objects.take(bytes);
  const marked = markers ? new LinePicker(markerLines(context), afterMarkers) : null;
  return {
    get held() {
      return (marked?.held ?? 0) + (objects?.held ?? 0);
    },
    take: (stream, bytes) => {
      if (stream === 'error') context.write(stream, bytes);
      else if (marked === null) afterMarkers(bytes);
      else marked.take(bytes);
    },
    end: () => {
      marked?.end();
      objects?.end();
    },
  };
}
