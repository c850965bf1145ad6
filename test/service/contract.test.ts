import { controllerContract } from '../controller/contract.ts';
import { serveHere } from './server-rig.ts';

controllerContract('a client of the controller', async (hosted) => {
  const served = await serveHere(hosted);
  return { controller: await served.client(), dispose: () => served.close() };
});
