import type { Clock } from '../base/clock.ts';
import type { ControllerStatus } from '../model/status.ts';
import { openFilesLimit } from './open-files.ts';
import type { ServicePaths, ServiceStatus } from './service.ts';

/** Tells how this process and its controller are doing. */
export interface StatusSource {
  warn(text: string): void;
  status(controller: { status(): Promise<ControllerStatus> }): Promise<ServiceStatus>;
}

export function createStatus(
  paths: ServicePaths,
  version: string,
  clock: Clock,
  tell: (text: string) => void,
): StatusSource {
  const began = clock.monotonic();
  const warnings: string[] = [];
  const warn = (text: string): void => {
    tell(`warning: ${text}`);
    warnings.push(text);
    if (warnings.length > MOST_WARNINGS) warnings.shift();
  };
  const limit = openFilesLimit();
  if (limit !== null && limit.soft < limit.hard) {
    warn(
      `only ${limit.soft} files and connections may be open at once; the limit is ${limit.hard}`,
    );
  }
  return {
    warn,
    status: async (controller) => {
      const { user, system } = process.cpuUsage();
      return {
        ...(await controller.status()),
        instance: paths.instance,
        pid: process.pid,
        version,
        uptimeMs: Math.round(clock.monotonic() - began),
        socket: paths.socket,
        cpuMs: Math.round((user + system) / 1000),
        rssBytes: process.memoryUsage.rss(),
        openFilesLimit: limit?.soft ?? null,
        warnings: [...warnings],
      };
    },
  };
}

export function unfinishedJobs({ jobs }: ControllerStatus): number {
  return jobs.total - jobs.Completed - jobs.Failed - jobs.Stopped;
}

/** The newest are kept. */
const MOST_WARNINGS = 20;
