import { setTimeout as sleep } from 'node:timers/promises';
import { CodedError } from '@crates-mirror/errors';

/** `cpu`: where time goes, over some seconds; `heap`: what lives in memory now, and who made it. */
export type ProfileKind = 'cpu' | 'heap';

const SAMPLE_EVERY_US = 10_000;
/** Heap samples: one for each so many bytes allocated, with stacks of so many frames. Those of Go's own profiler. */
const HEAP_SAMPLE_BYTES = 512 << 10;
const HEAP_STACK_DEPTH = 64;

type Pprof = typeof import('@datadog/pprof');

/**
 * Takes profiles of the thread it is made in, in pprof's format (protobuf, not compressed). What a heap profile shows
 * are objects made since the profiler was. The process must not end within a CPU profile: {@link close} ends it first.
 */
export class Profiler {
  readonly #pprof: Pprof;
  #isClosed = false;

  /** @throws CodedError `no_profiler` where there is no build for this machine */
  static async create(): Promise<Profiler> {
    let pprof: Pprof;
    try {
      pprof = await import('@datadog/pprof');
    } catch (cause) {
      throw new CodedError('no_profiler', 'there is no profiler for this machine', { cause });
    }
    pprof.heap.start(HEAP_SAMPLE_BYTES, HEAP_STACK_DEPTH);
    return new Profiler(pprof);
  }

  private constructor(pprof: Pprof) {
    this.#pprof = pprof;
  }

  /** @param signal ends a CPU profile early */
  async take(kind: ProfileKind, ms: number, signal?: AbortSignal): Promise<Uint8Array> {
    const { heap, time } = this.#pprof;
    if (kind === 'heap') return heap.profile().encode();
    time.start({
      intervalMicros: SAMPLE_EVERY_US,
      durationMillis: ms,
      withContexts: true,
      collectCpuTime: true,
    });
    await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => {});
    return this.#endCpuProfile();
  }

  /** Ends whatever is under way. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#endCpuProfile();
    this.#pprof.heap.stop();
  }

  #endCpuProfile(): Uint8Array {
    return this.#pprof.time.isStarted() ? this.#pprof.time.stop().encode() : new Uint8Array();
  }
}
