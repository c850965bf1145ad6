import type { HostedController } from '../../model/ports/controller.ts';
import type { ServiceStatus, ShutdownRequest } from '../service.ts';
import type { ClientLimits } from './client-limits.ts';
import type { Inputs } from './inputs.ts';
import type { Readings } from './readings.ts';

/** What a controller is served with. */
export interface ServerParts {
  readonly controller: HostedController;
  readonly version: string;
  serviceStatus(): Promise<ServiceStatus>;
  /** Resolves when the controller is about to end; throws ConfigError `job-state` where it must not. */
  shutdown(request: ShutdownRequest): Promise<void>;
  /** Told, in safe text, of what is a defect of the controller's own. */
  readonly trouble?: (text: string) => void;
  /** Default: CLIENT_LIMITS. */
  readonly limits?: ClientLimits;
}

/** What routes share. */
export interface RouteParts extends ServerParts {
  readonly readings: Readings;
  readonly inputs: Inputs;
  readonly trouble: (text: string) => void;
}
