import type { Clock } from '../base/clock.ts';
import type { SignalSource } from './endings.ts';
import type { ServicePaths, ServiceSettings } from './service.ts';

export interface ServeOptions {
  readonly paths: ServicePaths;
  readonly settings: ServiceSettings;
  readonly version: string;
  readonly clock: Clock;
  readonly signals: SignalSource;
  /** The inherited descriptor of whoever started us in the background; null: in the foreground, at somebody's terminal. */
  readonly readyDescriptor: number | null;
  /** A line for who looks on. */
  announce(line: string): void;
}
