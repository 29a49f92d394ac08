import { FrameMap } from '@crates-mirror/bundle/reading';
import { CodedError } from '@crates-mirror/errors';
import type { BundleBytes } from './bundle-source.ts';
import type { FileState } from './file-state.ts';
import type { BundleReading, ReadSoFar } from './read-bundle.ts';

let lastId = 0;

/**
 * A bundle that is open for reading, even if its file is renamed or removed. It is closed once it
 * has been dropped and has no readers.
 */
export class OpenBundle {
  /** Unique among all bundles opened so far. */
  readonly id: number;
  readonly number: number;
  readonly name: string;
  /** Whether the bundle is not in the catalog: it may grow, or is about to be finished. */
  readonly isPartial: boolean;
  /** The bytes of its file. */
  readonly bytes: BundleBytes;
  readonly map = new FrameMap();
  state: FileState;
  #manifestSize = 0;
  #readers = 0;
  #isDropped = false;

  constructor(name: string, number: number, isPartial: boolean, bytes: BundleBytes) {
    lastId += 1;
    this.id = lastId;
    this.number = number;
    this.name = name;
    this.isPartial = isPartial;
    this.bytes = bytes;
    this.state = bytes.state;
  }

  get readSoFar(): ReadSoFar {
    return { size: this.map.size, contentSize: this.map.contentSize, manifestSize: this.#manifestSize };
  }

  /** Adds what has been read since. */
  grow({ frames, manifestSize }: BundleReading, state: FileState): void {
    for (let i = 0; i < frames.length; i += 2)
      this.map.add({ size: frames[i] as number, contentSize: frames[i + 1] as number });
    this.#manifestSize = manifestSize;
    this.state = state;
  }

  /**
   * Keeps the bundle open until {@link release}.
   * @throws CodedError if it is already closed, because its members are elsewhere
   */
  acquire(): void {
    if (this.#isDropped && this.#readers === 0) throw new CodedError('gone', `${this.name} is closed`);
    this.#readers += 1;
  }

  release(): void {
    this.#readers -= 1;
    this.#closeIfUnused();
  }

  drop(): void {
    this.#isDropped = true;
    this.#closeIfUnused();
  }

  #closeIfUnused(): void {
    if (this.#isDropped && this.#readers === 0) this.bytes.close();
  }
}
