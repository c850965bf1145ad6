import { isAbsolute } from 'node:path';
import { ConfigError } from '../../model/errors.ts';
import type { Json } from '../../model/json.ts';
import type { WorkSpec } from '../../model/ports/work.ts';
import { templateNames } from '../wrap/template.ts';

/** Files and folders of this machine, to be put on each target. */
export interface UploadSpec extends WorkSpec {
  readonly kind: 'upload';
  /** Local, absolute. A folder ends with a slash where its content is meant, and not itself. */
  readonly sources: readonly string[];
  /** On the host: absolute, or from where its login puts it. A template: `{host}` and the like are filled in. */
  readonly dest: string;
  /** Files of the same size and time are compared by their digests, too. */
  readonly checksum: boolean;
}

/** Files and folders of each target, to be put on this machine. */
export interface DownloadSpec extends WorkSpec {
  readonly kind: 'download';
  /** On the host: absolute, or from where its login puts it; `*`, `?` and `[...]` stand for what is there. */
  readonly sources: readonly string[];
  /** Local, absolute. A template; where it has no `{host}`, each host gets a folder of its own in it. */
  readonly dest: string;
  readonly checksum: boolean;
}

export function parseUpload(spec: WorkSpec): UploadSpec {
  const { sources, dest, checksum } = parseTransfer(spec, 'upload');
  for (const source of sources) requireAbsolute(source, 'a source');
  return { kind: 'upload', sources, dest, checksum };
}

export function parseDownload(spec: WorkSpec): DownloadSpec {
  const { sources, dest, checksum } = parseTransfer(spec, 'download');
  requireAbsolute(dest, 'the destination');
  return { kind: 'download', sources, dest, checksum };
}

interface Parsed {
  readonly sources: readonly string[];
  readonly dest: string;
  readonly checksum: boolean;
}

function parseTransfer({ sources, dest, checksum }: WorkSpec, kind: string): Parsed {
  if (!Array.isArray(sources) || sources.length === 0) {
    throw new ConfigError('usage', `${kind}: there is nothing to copy`);
  }
  if (checksum !== undefined && typeof checksum !== 'boolean') {
    throw new ConfigError('usage', `${kind}: checksum is true or false`);
  }
  const checked = path(dest, kind, 'the destination');
  // Whatever it has places for, there has to be such a thing.
  templateNames(checked);
  return {
    sources: sources.map((source: Json) => path(source, kind, 'a source')),
    dest: checked,
    checksum: checksum ?? false,
  };
}

function path(value: Json | undefined, kind: string, what: string): string {
  if (typeof value !== 'string' || value === '') {
    throw new ConfigError('usage', `${kind}: ${what} has to be a path`);
  }
  if (value.includes('\0')) {
    throw new ConfigError('usage', `${kind}: ${what} holds a NUL character`);
  }
  return value;
}

function requireAbsolute(path: string, what: string): void {
  if (isAbsolute(path)) return;
  throw new ConfigError('usage', `${what} on this machine has to be an absolute path: ${path}`);
}
