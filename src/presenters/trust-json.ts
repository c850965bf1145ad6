import type { JudgedHost, JudgedKey, WrittenKey } from '../model/host-trust.ts';
import type { JobView } from '../model/job.ts';
import type { Json } from '../model/json.ts';
import { received } from './json.ts';
import { childToJson, parentFields, type JsonObject } from './json-forms.ts';
import { jsonText } from './json-text.ts';

/**
 * One document: the job that fetched the keys, each child with its keys and what is known of them, and what was written.
 * `terminal`: nothing in it may be obeyed by one.
 */
export function trustDocument(
  job: JobView,
  hosts: readonly JudgedHost[],
  written: ReadonlyMap<JudgedKey, WrittenKey>,
  terminal: boolean,
): string {
  const byName = new Map(hosts.map((host) => [host.target.name, host]));
  const view = received(job);
  const children = view.children.map((child) => {
    const host = byName.get(child.host);
    return { ...childToJson(child), trust: host === undefined ? null : hostToJson(host, written) };
  });
  const document: JsonObject = {
    ...parentFields(view),
    children,
    written: [...written.values()]
      .filter(({ outcome }) => outcome === 'written')
      .map(writtenToJson),
  };
  return `${jsonText(document, terminal)}\n`;
}

function hostToJson(host: JudgedHost, written: ReadonlyMap<JudgedKey, WrittenKey>): Json {
  const { name, file, keys, dnsFailure } = host;
  return {
    name,
    file,
    dnsFailure,
    keys: keys.map((key) => keyToJson(key, written.get(key))),
  };
}

function keyToJson(judged: JudgedKey, result: WrittenKey | undefined): Json {
  const { type, fingerprint, key, known, by, expected, dns, isProven } = judged;
  return {
    type,
    fingerprint,
    key,
    known,
    by: by === null ? null : { ...by },
    expected,
    dns,
    proven: isProven,
    written: result?.outcome === 'written',
    note: result?.note ?? null,
  };
}

function writtenToJson({ host, key, replace }: WrittenKey): Json {
  const { type, fingerprint } = key;
  return {
    host: host.target.name,
    name: host.name,
    file: host.file,
    type,
    fingerprint,
    replaced: replace,
  };
}
