import type { DailyWindows } from '@crates-mirror/cli/daily-windows';
import type { Logger } from '@crates-mirror/logging';
import type { Tally } from '../report/tally.ts';
import { RunWindow } from '../window/run-window.ts';
import { windowText } from '../window/window-text.ts';

/**
 * Holds a run outside of its window and logs each change.
 *
 * @param onHeld callback for each change; the tally has the initial state
 */
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
  // The message that a run is waiting must appear only after its signal handlers are installed,
  // since a user may then expect a signal to end it cleanly.
  if (!window.state.isOpen) setImmediate(() => logger.info(windowText(windows.text, window.state)));
  return window;
}
