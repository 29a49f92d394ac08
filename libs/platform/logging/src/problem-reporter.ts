/** Problems that are logged as warnings; the rest is logged at debug level. */
const MAX_WARNINGS = 50;

/** A part of an input that could not be used. */
interface Problem {
  readonly file: string;
  /** 1-based; 0 for the whole file */
  readonly line: number;
  readonly message: string;
}

/** Logs problems of an input, in any number. @param note counts them, and handles them otherwise */
export function problemReporter<P extends Problem>(
  logger: Readonly<Record<'debug' | 'warn', (line: string) => void>>,
  note: (problem: P) => void,
): (problem: P) => void {
  let reported = 0;
  return (problem) => {
    note(problem);
    const { file, line, message } = problem;
    reported += 1;
    logger[reported > MAX_WARNINGS ? 'debug' : 'warn'](
      `${line === 0 ? file : `${file}:${line}`}: ${message}`,
    );
    if (reported === MAX_WARNINGS) logger.warn('further problems are logged at level debug');
  };
}
