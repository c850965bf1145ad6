import { controllerContract } from './contract.ts';

controllerContract('the controller in this process', (hosted) =>
  Promise.resolve({ controller: hosted, dispose: () => Promise.resolve() }),
);
