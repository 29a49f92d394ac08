/** The measured download rate. */
export interface MeasuredRate {
  /** Crate files fetched and verified in the whole trial. */
  readonly files: number;
  /** Crate files that are missing upstream. */
  readonly missing: number;
  readonly failed: number;
  /** Bytes received in total. */
  readonly bytes: number;
  /** Total duration. */
  readonly ms: number;
  /**
   * Measured in the later part, when the number of concurrent requests has reached what the line
   * can take.
   */
  readonly bytesPerSecond: number;
  readonly filesPerSecond: number;
}

/** Results of a part of a trial. */
export type Arrived = Pick<MeasuredRate, 'files' | 'missing' | 'failed' | 'bytes'>;

/** The progress of a trial at some time. */
interface Mark {
  readonly ms: number;
  /** Crate files that were completed, whatever the outcome. */
  readonly ended: number;
  readonly bytes: number;
}

/**
 * In the first part, the number of requests is still growing, so its rate does not predict that of
 * hours.
 */
const LATER_PART = 0.5;
/**
 * The last files of a trial arrive ever more slowly because no new requests follow. With only a few
 * files, all of them count.
 */
const MAX_OF_THEM = 0.75;
const A_FEW = 64;

/**
 * Sums up a trial and computes its final rate. It has no clock of its own: times are ms on any
 * clock.
 */
export class RateMeter {
  #startedAt: number | undefined;
  readonly #enough: number;
  readonly #marks: Mark[] = [];
  #sum = { files: 0, missing: 0, failed: 0, bytes: 0 };
  #ms = 0;
  #isOver = false;

  /** @param expected number of crate files that the trial requests */
  constructor(expected: number) {
    this.#enough = expected < A_FEW ? expected : expected * MAX_OF_THEM;
  }

  /** Called before the first request is sent. Later calls have no effect. */
  begin(now: number): void {
    this.#startedAt ??= now;
  }

  /** Bytes received so far. */
  get bytes(): number {
    return this.#sum.bytes;
  }

  add({ files, missing, failed, bytes }: Arrived, now: number): void {
    if (this.#isOver) return;
    const sum = this.#sum;
    sum.files += files;
    sum.missing += missing;
    sum.failed += failed;
    sum.bytes += bytes;
    this.#ms = now - (this.#startedAt ?? now);
    const ended = sum.files + sum.missing + sum.failed;
    const isTail = (this.#marks.at(-1)?.ended ?? 0) >= this.#enough;
    if (ended > 0 && !isTail) this.#marks.push({ ms: this.#ms, ended, bytes: sum.bytes });
  }

  /** Called when no new requests are started. Files that still arrive no longer count. */
  end(): void {
    this.#isOver = true;
  }

  /** @returns undefined if no crate file arrived */
  get rate(): MeasuredRate | undefined {
    const last = this.#marks.at(-1);
    if (last === undefined || this.#sum.files === 0) return undefined;
    const first = this.#beginOfLater(last);
    const seconds = (last.ms - first.ms) / 1000;
    if (seconds <= 0) return undefined;
    return {
      ...this.#sum,
      ms: this.#ms,
      bytesPerSecond: (last.bytes - first.bytes) / seconds,
      filesPerSecond: (last.ended - first.ended) / seconds,
    };
  }

  /**
   * The midpoint of the time since the first file, if any files followed it; otherwise the start.
   */
  #beginOfLater(last: Mark): Mark {
    const start = this.#marks[0]?.ms ?? 0;
    const middle = start + (last.ms - start) * LATER_PART;
    const mark = this.#marks.findLast(({ ms }) => ms <= middle);
    const isSome = mark !== undefined && last.ended > mark.ended && last.bytes > mark.bytes;
    return isSome ? mark : { ms: 0, ended: 0, bytes: 0 };
  }
}
