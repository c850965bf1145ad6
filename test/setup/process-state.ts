/** What of the process itself a test may change and that outlasts it: the files of one worker share its process. */
export interface ProcessState {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
  readonly mask: number;
  /** How many listen to each event of the process. */
  readonly listeners: ReadonlyMap<string | symbol, number>;
}

export function processState(): ProcessState {
  const events = process.eventNames().map((name) => [name, process.listenerCount(name)] as const);
  return {
    environment: { ...process.env },
    folder: process.cwd(),
    mask: process.umask(),
    listeners: new Map(events),
  };
}

/** Each thing that is not as it was, named. */
export function changesSince(before: ProcessState): readonly string[] {
  const now = processState();
  const names = new Set([...Object.keys(before.environment), ...Object.keys(now.environment)]);
  const changed = [...names].filter((name) => before.environment[name] !== now.environment[name]);
  const added = [...now.listeners].filter(
    ([name, count]) => count > (before.listeners.get(name) ?? 0),
  );
  return [
    ...changed.map((name) => `environment variable ${name}`),
    ...(before.folder === now.folder ? [] : [`working folder ${now.folder}`]),
    ...(before.mask === now.mask ? [] : [`umask 0${now.mask.toString(8)}`]),
    ...added.map(([name]) => `listener of the process's ${String(name)}`),
  ];
}

/** Makes it as it was, but for listeners: which of them are whose cannot be told. */
export function restoreProcess(before: ProcessState): void {
  for (const name of Object.keys(process.env)) {
    if (!(name in before.environment)) delete process.env[name];
  }
  Object.assign(process.env, before.environment);
  process.chdir(before.folder);
  process.umask(before.mask);
}
