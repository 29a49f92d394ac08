import { listenForShutdown, type SharedOptions, type Shutdown } from '@crates-mirror/cli';
import { createLogger, type Logger, StatusLine } from '@crates-mirror/logging';
import { Progress, type ProgressSnapshot } from '@crates-mirror/progress';

export interface RunOptions extends SharedOptions {
  /** The tool's name, a field of every JSON log line. */
  readonly tool: string;
  /** A file to which every log line is appended as well. */
  readonly logPath?: string | undefined;
}

type Close = () => void | Promise<void>;

/** Of the last run that listened. A signal after a run must not change how the process ends. */
let listening: Shutdown | undefined;

/** Shared infrastructure of every tool's run. {@link withRun} closes it. */
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
   * From now on SIGINT and SIGTERM request a clean stop. Before that a signal ends the process
   * immediately: a run listens once it has something to finish.
   *
   * @param announce logs a line about the work in progress
   * @param onSecond called just before the second signal ends the process
   */
  listen(announce: (signal: NodeJS.Signals) => void, onSecond: () => void = () => {}): AbortSignal {
    listening?.dispose();
    listening = listenForShutdown((signal) => {
      if (!this.#isOver) announce(signal);
    }, onSecond);
    return listening.requested;
  }

  /** Leaves signals to the next handler, such as a child process. */
  stopListening(): void {
    listening?.dispose();
  }

  /**
   * @param hasBar false for a run that never shows a bar
   * @returns progress that has not been started yet
   */
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

  /** Registers a cleanup for the end of the run, in any case. Cleanups run in reverse order. */
  defer(close: Close): void {
    this.#closes.push(close);
  }

  /**
   * Progress is closed first, so that it shows nothing after the run. Signals are handled until the
   * end of the process, without an announcement: a signal while files are being closed, or the same
   * Ctrl-C forwarded by a parent, must not kill it.
   *
   * @throws the first error during closing, after everything is closed
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
 * The standard form of a tool's run: logger, progress and signals, closed in one order. It is a
 * function and not `await using`, which would combine an error of the run and one of closing into a
 * SuppressedError: the run's own error is the one to report.
 *
 * @throws any error of `body`, or else any error of closing
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
