import { describeDamage, type Place, type WantedFile } from '@crates-mirror/crate-files';

/**
 * Limit for warnings about damaged files per hour. Further ones are logged at debug level and
 * counted.
 */
const MAX_WARNINGS = 50;
const WINDOW_MS = 3_600_000;

type Lines = Readonly<Record<'debug' | 'warn', (line: string) => void>>;

/** Warns once about each damaged file, up to a limit in case a whole disk is damaged. */
export class DamageLog {
  readonly #logger: Lines;
  #windowStart = Number.NEGATIVE_INFINITY;
  #warnings = 0;

  constructor(logger: Lines) {
    this.#logger = logger;
  }

  tell(wanted: WantedFile, place: Place): void {
    const now = performance.now();
    if (now - this.#windowStart > WINDOW_MS) {
      this.#windowStart = now;
      this.#warnings = 0;
    }
    this.#warnings += 1;
    this.#logger[this.#warnings > MAX_WARNINGS ? 'debug' : 'warn'](describeDamage(wanted, place));
    if (this.#warnings === MAX_WARNINGS)
      this.#logger.warn(
        'more damaged crate files are logged at level debug for an hour; crates_mirror_damaged_files counts them',
      );
  }
}
