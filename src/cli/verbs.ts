import type { Command } from './command.ts';
import type { VerbName } from './options/spec.ts';

/** A verb as the overview lists it; what it does is loaded only when it is called. */
export interface VerbEntry {
  readonly name: VerbName;
  readonly usage: string;
  readonly summary: string;
  load(): Promise<Command>;
}

export const VERBS: readonly VerbEntry[] = [
  {
    name: 'run',
    usage: 'run [targets] [options] -- COMMAND...',
    summary: "a command on all targets; exits with the job's result",
    load: async () => (await import('./commands/run.ts')).runCommand,
  },
  {
    name: 'check',
    usage: 'check [targets] [options]',
    summary: 'which targets can be reached and logged in to',
    load: async () => (await import('./commands/check.ts')).checkCommand,
  },
  {
    name: 'hosts',
    usage: 'hosts [EXPR...] [targets] [options]',
    summary: 'which hosts would be targeted',
    load: async () => (await import('./commands/hosts.ts')).hostsCommand,
  },
  {
    name: 'demo',
    usage: 'demo [options]',
    summary: 'a fleet of SSH hosts on loopback, and a command run on it',
    load: async () => (await import('./commands/demo.ts')).demoCommand,
  },
];
