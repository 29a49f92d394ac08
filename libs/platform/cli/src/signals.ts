import { ExitCode } from './exit-code.ts';

export interface Shutdown {
  /** Aborted by the first of {@link shutdownSignals}. */
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
 * The signals that ask for a clean stop. Windows has SIGBREAK for Ctrl-Break, and SIGHUP for a console that is closed, after which
 * it leaves ten seconds (Node.js, "Signal events"); elsewhere SIGHUP is left to mean what it means to a server.
 */
export function shutdownSignals(platform: NodeJS.Platform = process.platform): readonly NodeJS.Signals[] {
  return platform === 'win32' ? ['SIGINT', 'SIGTERM', 'SIGBREAK', 'SIGHUP'] : ['SIGINT', 'SIGTERM'];
}

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
  const signals = shutdownSignals();
  for (const signal of signals) process.on(signal, onSignal);
  return {
    requested: controller.signal,
    dispose() {
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}
