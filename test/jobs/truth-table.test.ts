import { createController } from '../../src/index.ts';
import { truthTable } from './truth-table.ts';

truthTable('the controller in this process', () => {
  const controller = createController({ keepMs: 300_000 });
  return Promise.resolve({ controller, close: () => controller.dispose() });
});
