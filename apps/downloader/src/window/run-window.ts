import { type DailyWindows, isWithin, nextChange } from '@crates-mirror/cli/daily-windows';

/**
 * In ms. The machine may sleep, and its clock or time zone may change, while a timer is pending.
 */
const LOOK_EVERY_MS = 30_000;

/**
 * Where a run is relative to the times at which it may request files. Times are in ms since the
 * epoch.
 */
export interface WindowState {
  readonly isOpen: boolean;
  /** When the state changes; undefined if it never does. */
  readonly until: number | undefined;
}

/** Follows the clock through the times at which a run may request files. */
export class RunWindow {
  readonly #windows: DailyWindows;
  readonly #onChange: (state: WindowState) => void;
  #state: WindowState;
  #timer: NodeJS.Timeout | undefined;

  /** @param onChange callback for each subsequent opening or closing */
  constructor(windows: DailyWindows, onChange: (state: WindowState) => void) {
    this.#windows = windows;
    this.#onChange = onChange;
    this.#state = this.#look();
    this.#wait();
  }

  get state(): WindowState {
    return this.#state;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #look(): WindowState {
    const now = Date.now();
    return { isOpen: isWithin(this.#windows, now), until: nextChange(this.#windows, now) };
  }

  #wait(): void {
    const left = (this.#state.until ?? Number.POSITIVE_INFINITY) - Date.now();
    this.#timer = setTimeout(() => this.#check(), Math.max(1, Math.min(LOOK_EVERY_MS, left)));
  }

  #check(): void {
    const before = this.#state;
    this.#state = this.#look();
    this.#wait();
    if (this.#state.isOpen !== before.isOpen) this.#onChange(this.#state);
  }
}
