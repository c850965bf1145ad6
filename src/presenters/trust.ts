import { foldedFailures } from './failures.ts';
import { givingWay, screenOf, type JobPresenter, type PresenterOptions } from './create.ts';
import { modeParts } from './modes.ts';
import { compose } from './part.ts';

/** While host keys are fetched: how far it is, and in the end which hosts have shown none. What they have shown comes after. */
export function fetching(options: PresenterOptions): JobPresenter {
  const { line, mode } = screenOf(options);
  const { stderr, names } = mode;
  const parts = [
    ...(line === null ? [] : [line]),
    ...modeParts('quiet', { ...mode, tellFailures: false, isReceived: false }),
    foldedFailures(stderr, names),
  ];
  const presenter = compose(parts);
  return {
    handle: (event) => presenter.handle(event),
    ...givingWay(line),
  };
}
