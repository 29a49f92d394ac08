import { ExitCode } from './exit-code.ts';

export interface Shutdown {
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly requested: AbortSignal;
  /** Stops listening, so that the process may end. */
  dispose(): void;
}

/**
 * The first signal asks for a clean stop, the second ends the process at once.
 *
 * @param onFirst tells the user that the stop is under way
 * @param onSecond has the last word
 */
export function listenForShutdown(onFirst: (signal: NodeJS.Signals) => void, onSecond: () => void): Shutdown {
  const controller = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      onSecond();
      process.exit(ExitCode.interrupted);
    }
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
