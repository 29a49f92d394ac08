import { listenForShutdown, type SharedOptions, type Shutdown } from '@crates-mirror/cli';
import { createLogger, type Logger, StatusLine } from '@crates-mirror/logging';
import { Progress, type ProgressSnapshot } from '@crates-mirror/progress';

export interface RunOptions extends SharedOptions {
  /** The tool's name, a field of every JSON log line. */
  readonly tool: string;
  /** A file that gets every log line too. */
  readonly logPath?: string | undefined;
}

type Close = () => void | Promise<void>;

/** Of the last run that has listened. A signal that comes after a run must change nothing about how the process ends. */
let listening: Shutdown | undefined;

/** What every tool's run works with. {@link withRun} closes it. */
export class Run {
  readonly status = new StatusLine();
  readonly logger: Logger;
  readonly #options: RunOptions;
  readonly #closes: Close[] = [];
  #progress: Progress | undefined;
  #isOver = false;

  /** @throws UsageError when the log file cannot be written to */
  constructor(options: RunOptions) {
    const { tool, logFormat: format, logLevel: level, logPath: file } = options;
    this.#options = options;
    this.logger = createLogger({ tool, format, level, output: this.status, file });
  }

  /**
   * From now on SIGINT and SIGTERM ask for a clean stop. Until then a signal ends the process where it stands: a run
   * listens once it has something to finish.
   *
   * @param announce is for a line that says what is under way
   * @param onSecond has the last word before the second signal ends the process
   */
  listen(announce: (signal: NodeJS.Signals) => void, onSecond: () => void = () => {}): AbortSignal {
    listening?.dispose();
    listening = listenForShutdown((signal) => {
      if (!this.#isOver) announce(signal);
    }, onSecond);
    return listening.requested;
  }

  /** Leaves signals to whoever comes next, a child process for instance. */
  stopListening(): void {
    listening?.dispose();
  }

  /** @param hasBar false for a run that shows no bar on a terminal either. @returns progress that is still to be started */
  progress(snapshot: () => ProgressSnapshot, hasBar = true): Progress {
    this.#progress = new Progress({
      status: hasBar ? this.status : new StatusLine({ write: () => {} }),
      logger: this.logger,
      intervalMs: this.#options.progressInterval,
      every: this.#options.progressEvery,
      snapshot,
    });
    return this.#progress;
  }

  /** Has something closed when the run ends, however it does: what was opened last comes first. */
  defer(close: Close): void {
    this.#closes.push(close);
  }

  /**
   * Progress goes first, so that it shows nothing of a run that is over. Signals are heard to the end of the process, without
   * an announcement: one that comes while files are closed, or the same Ctrl-C passed on once more by a parent, must not kill it.
   *
   * @throws the first error of those that closing has met, once all is closed
   */
  async close(): Promise<void> {
    const errors: unknown[] = [];
    this.#isOver = true;
    this.#progress?.stop();
    for (const close of this.#closes.splice(0).reverse()) {
      try {
        await close();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}

/**
 * The one form in which tools run: logger, progress and signals, closed in one order. It is a function and no `await using`,
 * which would put an error of the run and one of closing into a SuppressedError: the run's own error is the one to tell.
 *
 * @throws what `body` throws, or else what closing does
 */
export async function withRun<Result>(
  options: RunOptions,
  body: (run: Run) => Result | Promise<Result>,
): Promise<Result> {
  const run = new Run(options);
  let result: Result;
  try {
    result = await body(run);
  } catch (error) {
    await run.close().catch(() => {});
    throw error;
  }
  await run.close();
  return result;
}
