import { afterEach, describe } from 'vitest';
import { answering } from './contract/answering.ts';
import { finding } from './contract/finding.ts';
import { following } from './contract/following.ts';
import { receiving } from './contract/receiving.ts';
import { removing } from './contract/removing.ts';
import { rerunning } from './contract/rerunning.ts';
import { rollingOut } from './contract/rolling-out.ts';
import { starting } from './contract/starting.ts';
import { stopping } from './contract/stopping.ts';
import { suspending } from './contract/suspending.ts';
import { waiting } from './contract/waiting.ts';
import { hostedOnFakes, type MakeFace, type Rig, type Run } from './contract-rig.ts';

/** Sets up a controller whose one kind of work does this; `limit`: of how many children at once. */
export type SetUp = (run: Run, limit?: number) => Promise<Rig>;

/**
 * What every face of a controller does: the one in process, and a client's. `make` is given a controller in this process,
 * on fakes, and says how to reach it.
 */
export function controllerContract(name: string, make: MakeFace): void {
  describe(`${name} keeps the contract of a controller:`, () => {
    const rigs: Rig[] = [];
    afterEach(async () => {
      await Promise.all(rigs.splice(0).map((rig) => rig.dispose()));
    });
    const setUp: SetUp = async (run, limit) => {
      const [hosted, transport] = hostedOnFakes(run, limit);
      const face = await make(hosted);
      const rig: Rig = {
        controller: face.controller,
        hosted,
        transport,
        dispose: async () => {
          await hosted.dispose();
          await face.dispose();
        },
      };
      rigs.push(rig);
      return rig;
    };
    describe('starting', () => starting(setUp));
    describe('finding', () => finding(setUp));
    describe('waiting', () => waiting(setUp));
    describe('following', () => following(setUp));
    describe('receiving', () => receiving(setUp));
    describe('stopping', () => stopping(setUp));
    describe('suspending', () => suspending(setUp));
    describe('answering', () => answering(setUp));
    describe('running again', () => rerunning(setUp));
    describe('rolling out', () => rollingOut(setUp));
    describe('removing', () => removing(setUp));
  });
}
