import { userAccess } from '../../../src/model/access.ts';
import { JOB_DEFAULTS } from '../../../src/model/defaults.ts';
import type { JobDefinition } from '../../../src/model/definition.ts';
import type { WorkSpec } from '../../../src/model/ports/work.ts';
import type { Target } from '../../../src/model/target.ts';
import { connect } from '../../../src/service/client/connect.ts';
import { servicePaths } from '../../../src/service/paths.ts';
import type { RemoteController } from '../../../src/service/service.ts';
import { VERSION } from '../../../src/version.ts';

/** The controller that runs in this environment. */
export async function connectHere(): Promise<RemoteController> {
  const runtime = process.env['XDG_RUNTIME_DIR'] ?? '';
  const paths = servicePaths({ xdgRuntimeDir: runtime, stateDir: runtime, instance: 'default' });
  const controller = await connect(paths, VERSION);
  if (controller === null) throw new Error(`no controller listens on ${paths.socket}`);
  return controller;
}

export function definitionOf(work: WorkSpec, targets: readonly Target[]): JobDefinition {
  return {
    ...JOB_DEFAULTS,
    work,
    targets,
    items: null,
    access: userAccess({ home: '/nowhere', agent: null }),
    name: null,
    input: null,
    verbosity: 0,
    keepMs: null,
  };
}
