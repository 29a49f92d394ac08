import { type ProfileKind, Profiler } from '@crates-mirror/metrics';

/** Takes profiles of a lane's thread when the main thread asks for them. */
export class LaneProfiling {
  readonly #profiler: Profiler | undefined;
  readonly #answer: (profile: Uint8Array) => void;
  #underWay = new AbortController();

  static async create(answer: (profile: Uint8Array) => void): Promise<LaneProfiling> {
    // The main thread has told why there is none.
    return new LaneProfiling(await Profiler.create().catch(() => undefined), answer);
  }

  private constructor(profiler: Profiler | undefined, answer: (profile: Uint8Array) => void) {
    this.#profiler = profiler;
    this.#answer = answer;
  }

  take(kind: ProfileKind, ms: number): void {
    this.#underWay = new AbortController();
    const profile = this.#profiler?.take(kind, ms, this.#underWay.signal);
    void Promise.resolve(profile ?? new Uint8Array()).then(this.#answer);
  }

  /** Cuts the profile under way short. */
  end(): void {
    this.#underWay.abort();
  }

  close(): void {
    this.#profiler?.close();
  }
}
