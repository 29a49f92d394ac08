import type { DailyWindows } from '@crates-mirror/cli/daily-windows';
import type { Logger } from '@crates-mirror/logging';
import type { Tally } from '../tally.ts';
import { RunWindow } from './run-window.ts';
import { windowText } from './window-text.ts';

/** Holds a run outside of its window, and says so. @param onHeld told of each change; the state to begin with is the tally's */
export function followWindow(
  windows: DailyWindows,
  tally: Tally,
  logger: Logger,
  onHeld: (isHeld: boolean) => void,
): RunWindow {
  const window = new RunWindow(windows, (state) => {
    tally.window = state;
    logger.info(windowText(windows.text, state));
    onHeld(!state.isOpen);
  });
  tally.window = window.state;
  // A run that says that it waits is one that a signal ends cleanly: by then it listens for signals.
  if (!window.state.isOpen) setImmediate(() => logger.info(windowText(windows.text, window.state)));
  return window;
}
