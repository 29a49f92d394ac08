import { ExitCode } from './exit-code.ts';

export interface Shutdown {
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly requested: AbortSignal;
  /** Stops listening, so that the process may end. */
  dispose(): void;
}

/**
 * A terminal's Ctrl-C reaches every process of its group, and a parent (nx, npx, index-cloner) passes on what it gets, so
 * one request comes as several signals within a moment. Nobody presses twice as fast as that. ms
 */
const ONE_REQUEST_MS = 200;

/**
 * The first signal asks for a clean stop, the second ends the process at once. Signals that come in one burst are one.
 *
 * @param onFirst tells the user that the stop is under way
 * @param onSecond has the last word
 */
export function listenForShutdown(onFirst: (signal: NodeJS.Signals) => void, onSecond: () => void): Shutdown {
  const controller = new AbortController();
  let firstAt = 0;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      if (performance.now() - firstAt < ONE_REQUEST_MS) return;
      onSecond();
      process.exit(ExitCode.interrupted);
    }
    firstAt = performance.now();
    controller.abort();
    onFirst(signal);
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    requested: controller.signal,
    dispose() {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}
