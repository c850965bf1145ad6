import { join } from 'node:path';
import { connect } from '../../src/service/client/connect.ts';
import { servicePaths } from '../../src/service/paths.ts';
import { VERSION } from '../../src/version.ts';
import { background } from '../helpers/background.ts';
import { said } from '../helpers/run-muster.ts';
import { truthTable } from '../jobs/truth-table.ts';

truthTable('a client of the controller in the background', async () => {
  const bg = background();
  const started = await bg.muster(['controller', 'start']);
  if (started.code !== 0) throw new Error(said(started));
  const paths = servicePaths({
    xdgRuntimeDir: bg.env['XDG_RUNTIME_DIR'] ?? null,
    stateDir: join(bg.folder, 'state', 'muster'),
    instance: 'default',
  });
  const controller = await connect(paths, VERSION);
  if (controller === null) throw new Error('no controller listens');
  const close = async (): Promise<void> => {
    await controller.dispose();
    await bg.close();
  };
  return { controller, close };
});
