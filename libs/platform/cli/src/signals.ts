import { ExitCode } from './exit-code.ts';

export interface Shutdown {
  /** Aborted by the first of {@link shutdownSignals}. */
  readonly requested: AbortSignal;
  /** Stops listening, so that the process can end. */
  dispose(): void;
}

/**
 * ms. A terminal's Ctrl-C reaches every process of its group, and a parent (nx, npx, index-cloner)
 * forwards its signals, so one request arrives as several signals within a moment. Nobody presses
 * the keys twice as fast as that.
 */
const ONE_REQUEST_MS = 200;

/**
 * The signals that request a clean stop. Windows sends SIGBREAK for Ctrl-Break, and SIGHUP when a
 * console is closed, after which it allows ten seconds (Node.js, "Signal events"). Elsewhere SIGHUP
 * keeps its usual meaning for a server.
 */
export function shutdownSignals(platform: NodeJS.Platform = process.platform): readonly NodeJS.Signals[] {
  return platform === 'win32' ? ['SIGINT', 'SIGTERM', 'SIGBREAK', 'SIGHUP'] : ['SIGINT', 'SIGTERM'];
}

/**
 * The first signal requests a clean stop, the second ends the process at once. Signals that arrive
 * in one burst count as one.
 *
 * @param onFirst tells the user that the stop is under way
 * @param onSecond called just before the process ends
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
