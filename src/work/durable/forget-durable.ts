import { FailureError } from '../../model/failure.ts';
import type { ForgetContext } from '../../model/ports/work.ts';
import { askHost } from './ask-host.ts';
import { removeProgram } from './programs.ts';
import { failure } from './session-end.ts';

/** Removes the folder of a durable command that has ended. See WorkKind.forget. */
export async function forgetDurable(context: ForgetContext): Promise<string | null> {
  const { clock, become, instanceId, places } = context;
  const connection = await context.connect();
  const program = removeProgram(instanceId, places.doubtful === true);
  const answer = await askHost(program, { clock, connection, become });
  if (answer === null) {
    throw new FailureError(failure('run', 'no-status', 'the host did not answer', true));
  }
  if (answer.code === 0) return null;
  return answer.text === 'running\n' ? 'its command still runs' : 'it cannot be removed there';
}
