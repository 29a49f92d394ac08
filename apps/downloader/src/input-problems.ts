import type { Logger } from '@crates-mirror/logging';
import type { InputProblem } from './plan/work.ts';

/** Problems of the input that are logged as warnings; the rest goes to debug. */
const MOST_WARNINGS = 50;

/** Logs problems of the input. @param note counts them, and whatever else is to be done */
export function problemReporter(
  logger: Logger,
  note: (problem: InputProblem) => void,
): (problem: InputProblem) => void {
  let reported = 0;
  return (problem) => {
    note(problem);
    const where = problem.line === 0 ? problem.file : `${problem.file}:${problem.line}`;
    reported += 1;
    logger[reported > MOST_WARNINGS ? 'debug' : 'warn'](`${where}: ${problem.message}`);
    if (reported === MOST_WARNINGS) logger.warn('further problems of the input are logged at level debug');
  };
}
