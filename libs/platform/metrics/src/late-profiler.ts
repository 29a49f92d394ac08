import { type ProfileKind, Profiler } from './profiler.ts';

/**
 * A thread's profiler, loaded on first use or after a while, so that heap profiles have some
 * content.
 */
export class LateProfiler {
  readonly #timer: NodeJS.Timeout;
  #loading: Promise<Profiler> | undefined;
  #profiler: Profiler | undefined;
  #isClosed = false;

  /**
   * @param startAfterMs when it is loaded if unused: this costs 0.1 s of CPU time, and then hardly
   *   anything
   */
  constructor(startAfterMs: number) {
    this.#timer = setTimeout(() => void this.#load().catch(() => {}), startAfterMs).unref();
  }

  /**
   * See {@link Profiler.take}.
   *
   * @throws CodedError `no_profiler` if there is none for this machine
   */
  async take(kind: ProfileKind, ms: number, signal?: AbortSignal): Promise<Uint8Array> {
    if (this.#isClosed) return new Uint8Array();
    const profiler = await this.#load();
    return this.#isClosed ? new Uint8Array() : profiler.take(kind, ms, signal);
  }

  /** Ends any profile under way. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#profiler?.close();
    this.#profiler = undefined;
  }

  async #load(): Promise<Profiler> {
    clearTimeout(this.#timer);
    this.#loading ??= Profiler.create();
    const profiler = await this.#loading;
    if (this.#isClosed) profiler.close();
    else this.#profiler = profiler;
    return profiler;
  }
}
