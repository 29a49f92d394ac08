import { type DailyWindows, isWithin, nextChange } from '@crates-mirror/cli/daily-windows';

/** A machine may sleep, and its clock or zone may be set, while a timer waits. ms */
const LOOK_EVERY_MS = 30_000;

/** How a run stands with the times that it may ask for files in. Times are ms since the epoch. */
export interface WindowState {
  readonly isOpen: boolean;
  /** When that changes; undefined where it never does. */
  readonly until: number | undefined;
}

/** Follows the clock through the times that a run may ask for files in. */
export class RunWindow {
  readonly #windows: DailyWindows;
  readonly #onChange: (state: WindowState) => void;
  #state: WindowState;
  #timer: NodeJS.Timeout | undefined;

  /** @param onChange told whenever it opens or closes from now on */
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
