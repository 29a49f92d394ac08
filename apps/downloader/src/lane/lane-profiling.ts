import { LateProfiler, type ProfileKind } from '@crates-mirror/metrics';

/** Takes profiles of a lane's thread when the main thread requests them. */
export class LaneProfiling {
  readonly #profiler = new LateProfiler(0);
  readonly #answer: (profile: Uint8Array) => void;
  #underWay = new AbortController();

  constructor(answer: (profile: Uint8Array) => void) {
    this.#answer = answer;
  }

  take(kind: ProfileKind, ms: number): void {
    this.#underWay = new AbortController();
    // If there is no profiler, the main thread reports that.
    void this.#profiler
      .take(kind, ms, this.#underWay.signal)
      .catch(() => new Uint8Array())
      .then(this.#answer);
  }

  /** Ends the current profile early. */
  end(): void {
    this.#underWay.abort();
  }

  close(): void {
    this.#profiler.close();
  }
}
