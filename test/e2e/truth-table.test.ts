import { background } from '../helpers/background.ts';
import { clientOf } from '../jobs/client.ts';
import { truthTable } from '../jobs/truth-table.ts';

truthTable('a client of the controller in the background', async () => {
  const bg = background();
  const controller = await clientOf(bg);
  const close = async (): Promise<void> => {
    await controller.dispose();
    await bg.close();
  };
  return { controller, close };
});
