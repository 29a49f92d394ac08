/** How fast crate files came. */
export interface MeasuredRate {
  /** Crate files that were fetched and found right, in the whole trial. */
  readonly files: number;
  /** Those that upstream does not have, or that failed. */
  readonly missing: number;
  readonly failed: number;
  /** received altogether */
  readonly bytes: number;
  /** how long it took altogether */
  readonly ms: number;
  /** Of its later part, when as many requests were under way as the line takes. */
  readonly bytesPerSecond: number;
  readonly filesPerSecond: number;
}

/** What some time of a trial came to. */
export type Arrived = Pick<MeasuredRate, 'files' | 'missing' | 'failed' | 'bytes'>;

/** How far a trial had come. */
interface Mark {
  readonly ms: number;
  /** Crate files that had come to an end, in whatever way. */
  readonly ended: number;
  readonly bytes: number;
}

/** The beginning, in which the number of requests is still growing, says little of hours. */
const LATER_PART = 0.5;
/** The last ones of a trial come ever more slowly, since none follow them; of a few, each counts. */
const MAX_OF_THEM = 0.75;
const A_FEW = 64;

/** Sums up a trial, and finds the rate that it had in the end. It has no clock of its own: times are ms of any clock. */
export class RateMeter {
  #startedAt: number | undefined;
  readonly #enough: number;
  readonly #marks: Mark[] = [];
  #sum = { files: 0, missing: 0, failed: 0, bytes: 0 };
  #ms = 0;
  #isOver = false;

  /** @param expected crate files that the trial asks for */
  constructor(expected: number) {
    this.#enough = expected < A_FEW ? expected : expected * MAX_OF_THEM;
  }

  /** The first request is about to be sent. Later calls change nothing. */
  begin(now: number): void {
    this.#startedAt ??= now;
  }

  /** received so far */
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

  /** Nothing new is begun: what still comes counts no longer. */
  end(): void {
    this.#isOver = true;
  }

  /** @returns undefined where no crate file has come */
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

  /** The middle of the time since the first file, where there is something after it; else the start of all. */
  #beginOfLater(last: Mark): Mark {
    const start = this.#marks[0]?.ms ?? 0;
    const middle = start + (last.ms - start) * LATER_PART;
    const mark = this.#marks.findLast(({ ms }) => ms <= middle);
    const isSome = mark !== undefined && last.ended > mark.ended && last.bytes > mark.bytes;
    return isSome ? mark : { ms: 0, ended: 0, bytes: 0 };
  }
}
