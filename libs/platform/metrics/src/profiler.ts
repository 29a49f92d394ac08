import { setTimeout as sleep } from 'node:timers/promises';
import { CodedError } from '@crates-mirror/errors';

/**
 * `cpu`: where time is spent, over some seconds; `heap`: the live objects, and the code that
 * allocated them.
 */
export type ProfileKind = 'cpu' | 'heap';

const SAMPLE_EVERY_US = 10_000;
/**
 * Heap samples: one per this many bytes allocated, with this stack depth. The values of Go's own
 * profiler.
 */
const HEAP_SAMPLE_BYTES = 512 << 10;
const HEAP_STACK_DEPTH = 64;

type Pprof = typeof import('@datadog/pprof');

/**
 * Takes profiles of the thread that creates it, in pprof's format (protobuf, not compressed). A
 * heap profile shows objects allocated since then. The process must not end during a CPU profile:
 * {@link close} ends it first.
 */
export class Profiler {
  readonly #pprof: Pprof;
  #isClosed = false;

  /** @throws CodedError `no_profiler` if there is no build for this machine */
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

  /** Ends any profile under way. */
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
