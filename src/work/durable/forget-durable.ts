import type { ForgetContext } from '../../model/ports/work.ts';
import { askHost } from './ask-host.ts';
import { removeProgram } from './programs.ts';

/** Removes the folder of a durable command that has ended. */
export async function forgetDurable(context: ForgetContext): Promise<void> {
  const { clock, become, instanceId, places } = context;
  const connection = await context.connect();
  const program = removeProgram(instanceId, places.doubtful === true);
  const answer = await askHost(program, { clock, connection, become });
  if (answer?.code === 0) return;
  throw new Error('the host did not remove what it keeps of a durable command');
}
