import { join } from 'node:path';
import { connect } from '../../src/service/client/connect.ts';
import { servicePaths } from '../../src/service/paths.ts';
import type { RemoteController } from '../../src/service/service.ts';
import { VERSION } from '../../src/version.ts';
import type { Background } from '../helpers/background.ts';
import { said } from '../helpers/run-muster.ts';

/** Starts the controller of a test's own place as its user would, and talks to it without the command line in between. */
export async function clientOf(bg: Background): Promise<RemoteController> {
  const started = await bg.muster(['controller', 'start']);
  if (started.code !== 0) throw new Error(said(started));
  const paths = servicePaths({
    xdgRuntimeDir: bg.env['XDG_RUNTIME_DIR'] ?? null,
    stateDir: join(bg.folder, 'state', 'muster'),
    instance: 'default',
  });
  const client = await connect(paths, VERSION);
  if (client === null) throw new Error('no controller listens');
  return client;
}
