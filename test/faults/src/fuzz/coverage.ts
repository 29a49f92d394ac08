import { type Profiler, Session } from 'node:inspector';

/** From its start to its end, exclusive, in characters of a script. */
type Range = readonly [number, number];

/** V8's own coverage of blocks in this process, which needs no instrumentation of the sources. */
export class Coverage {
  readonly #session = new Session();
  readonly #isCounted: (url: string) => boolean;
  /** What has not been executed yet of each function that has been called. */
  #missed = new Map<string, readonly Range[]>();

  /** @param isCounted whether the blocks of a script count */
  constructor(isCounted: (url: string) => boolean) {
    this.#isCounted = isCounted;
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** What has been executed until now, for {@link restore}. */
  snapshot(): ReadonlyMap<string, readonly Range[]> {
    return new Map(this.#missed);
  }

  restore(snapshot: ReadonlyMap<string, readonly Range[]>): void {
    this.#missed = new Map(snapshot);
  }

  /** Functions that have been called. */
  get functions(): number {
    return this.#missed.size;
  }

  /** Whether anything has been executed for the first time since the last call. */
  hasGrown(): boolean {
    let scripts: Profiler.ScriptCoverage[] = [];
    // A session with its own thread answers synchronously.
    this.#session.post('Profiler.takePreciseCoverage', (_, { result }) => {
      scripts = result;
    });
    let hasGrown = false;
    for (const { url, functions } of scripts)
      if (this.#isCounted(url))
        for (const { ranges } of functions) if (this.#add(url, ranges)) hasGrown = true;
    return hasGrown;
  }

  close(): void {
    this.#session.disconnect();
  }

  #add(url: string, ranges: readonly Profiler.CoverageRange[]): boolean {
    const [whole] = ranges;
    if (whole === undefined || whole.count === 0) return false;
    const key = `${url}:${whole.startOffset}-${whole.endOffset}`;
    const missed = ranges
      .filter(({ count }) => count === 0)
      .map(({ startOffset, endOffset }): Range => [startOffset, endOffset]);
    const before = this.#missed.get(key);
    const now = before === undefined ? missed : overlaps(before, missed);
    this.#missed.set(key, now);
    return before === undefined || lengthOf(now) < lengthOf(before);
  }
}

function overlaps(some: readonly Range[], others: readonly Range[]): Range[] {
  return some.flatMap(([start, end]) =>
    others
      .map(([from, to]): Range => [Math.max(start, from), Math.min(end, to)])
      .filter(([from, to]) => from < to),
  );
}

function lengthOf(ranges: readonly Range[]): number {
  return ranges.reduce((sum, [start, end]) => sum + end - start, 0);
}
