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
    name: 'start',
    usage: 'start [targets] [options] -- COMMAND...',
    summary: 'the same in the background: prints the job and returns at once',
    load: async () => (await import('./commands/start.ts')).startCommand,
  },
  {
    name: 'script',
    usage: 'script [targets] [options] FILE [-- ARGS]',
    summary: 'a script of this machine, run on all targets',
    load: async () => (await import('./commands/script.ts')).scriptCommand,
  },
  {
    name: 'jobs',
    usage: 'jobs [JOB...] [options]',
    summary: 'the jobs in the background',
    load: async () => (await import('./commands/jobs.ts')).jobsCommand,
  },
  {
    name: 'wait',
    usage: 'wait JOB... [options]',
    summary: 'until jobs have ended; exits with their result',
    load: async () => (await import('./commands/wait.ts')).waitCommand,
  },
  {
    name: 'receive',
    usage: 'receive JOB... [options]',
    summary: 'what the hosts of jobs said',
    load: async () => (await import('./commands/receive.ts')).receiveCommand,
  },
  {
    name: 'stop',
    usage: 'stop JOB... [options]',
    summary: 'end jobs on every host',
    load: async () => (await import('./commands/stop.ts')).stopCommand,
  },
  {
    name: 'suspend',
    usage: 'suspend JOB... [options]',
    summary: 'halt jobs',
    load: async () => (await import('./commands/suspend.ts')).suspendCommand,
  },
  {
    name: 'resume',
    usage: 'resume JOB... [options]',
    summary: 'let suspended jobs go on',
    load: async () => (await import('./commands/resume.ts')).resumeCommand,
  },
  {
    name: 'rerun',
    usage: 'rerun JOB [options]',
    summary: 'a job again, on the hosts where it did not succeed',
    load: async () => (await import('./commands/rerun.ts')).rerunCommand,
  },
  {
    name: 'remove',
    usage: 'remove JOB... [options]',
    summary: 'forget finished jobs and their results',
    load: async () => (await import('./commands/remove.ts')).removeCommand,
  },
  {
    name: 'answer',
    usage: 'answer JOB [options]',
    summary: 'what a blocked job asks',
    load: async () => (await import('./commands/answer.ts')).answerCommand,
  },
  {
    name: 'each',
    usage: 'each [targets] [options] -- COMMAND {}',
    summary: 'a command for each line of standard input, here or spread over the targets',
    load: async () => (await import('./commands/each.ts')).eachCommand,
  },
  {
    name: 'upload',
    usage: 'upload [targets] [options] SRC... DEST',
    summary: 'files and folders to all targets',
    load: async () => (await import('./commands/upload.ts')).uploadCommand,
  },
  {
    name: 'download',
    usage: 'download [targets] [options] SRC... DEST',
    summary: 'files and folders of all targets',
    load: async () => (await import('./commands/download.ts')).downloadCommand,
  },
  {
    name: 'check',
    usage: 'check [targets] [options]',
    summary: 'which targets can be reached and logged in to',
    load: async () => (await import('./commands/check.ts')).checkCommand,
  },
  {
    name: 'facts',
    usage: 'facts [targets] [options]',
    summary: 'structured facts of every host: system, memory, disks, uptime, services',
    load: async () => (await import('./commands/facts.ts')).factsCommand,
  },
  {
    name: 'trust',
    usage: 'trust [targets] [options]',
    summary: 'host keys of new hosts: fetched, compared, and added to known_hosts',
    load: async () => (await import('./commands/trust.ts')).trustCommand,
  },
  {
    name: 'shell',
    usage: 'shell [targets] [options]',
    summary: 'interactive: every line runs on all targets; & makes it a job',
    load: async () => (await import('./commands/shell.ts')).shellCommand,
  },
  {
    name: 'host-clean',
    usage: 'host-clean [targets] [options]',
    summary: 'remove what durable commands have left on the targets',
    load: async () => (await import('./commands/host-clean.ts')).hostCleanCommand,
  },
  {
    name: 'hosts',
    usage: 'hosts [EXPR...] [targets] [options]',
    summary: 'which hosts would be targeted',
    load: async () => (await import('./commands/hosts.ts')).hostsCommand,
  },
  {
    name: 'audit',
    usage: 'audit verify [FILE] [options]',
    summary: 'whether anything was changed in an audit log',
    load: async () => (await import('./commands/audit.ts')).auditCommand,
  },
  {
    name: 'controller',
    usage: 'controller start | stop | status | serve [options]',
    summary: 'the controller in the background itself',
    load: async () => (await import('./commands/controller.ts')).controllerCommand,
  },
  {
    name: 'completion',
    usage: 'completion bash | zsh | fish',
    summary: 'a script that teaches a shell to complete all this',
    load: async () => (await import('./commands/completion.ts')).completionCommand,
  },
  {
    name: 'demo',
    usage: 'demo [options]',
    summary: 'a fleet of SSH hosts on loopback, and a command run on it',
    load: async () => (await import('./commands/demo.ts')).demoCommand,
  },
];
