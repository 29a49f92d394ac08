import { type FileHandle, open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { FrameMap } from '@crates-mirror/bundle/reading';
import { CodedError } from '@crates-mirror/errors';
import type { BundleReading, ReadSoFar } from './read-bundle.ts';

/** The state of a file when it was last checked. */
export interface FileState {
  readonly inode: number;
  /** bytes */
  readonly size: number;
  /** ms since the epoch */
  readonly mtimeMs: number;
}

/** @throws the system's error */
export async function stateOf(path: string): Promise<FileState> {
  const { ino, size, mtimeMs } = await stat(path);
  return { inode: ino, size, mtimeMs };
}

export function isSameState(a: FileState, b: FileState): boolean {
  return a.inode === b.inode && a.size === b.size && a.mtimeMs === b.mtimeMs;
}

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
  file: FileHandle;
  readonly map = new FrameMap();
  state: FileState;
  readonly #path: string;
  #manifestSize = 0;
  #readers = 0;
  #isDropped = false;

  private constructor(path: string, number: number, isPartial: boolean, file: FileHandle, state: FileState) {
    lastId += 1;
    this.id = lastId;
    this.#path = path;
    this.number = number;
    this.name = basename(path);
    this.isPartial = isPartial;
    this.file = file;
    this.state = state;
  }

  static async open(path: string, number: number, isPartial: boolean): Promise<OpenBundle> {
    const file = await open(path, 'r');
    const { ino, size, mtimeMs } = await file.stat();
    return new OpenBundle(path, number, isPartial, file, { inode: ino, size, mtimeMs });
  }

  /** Opens the same file again for later reads. After ESTALE, a handle may never work again. */
  async reopen(): Promise<void> {
    const file = await open(this.#path, 'r').catch(() => undefined);
    const inode = await file?.stat().then(
      ({ ino }) => ino,
      () => undefined,
    );
    const isSame = inode === this.state.inode;
    const useless = isSame ? this.file : file;
    if (isSame) this.file = file as FileHandle;
    await useless?.close().catch(() => {});
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
    // Nothing was written, so a failure to close does not matter.
    if (this.#isDropped && this.#readers === 0) this.file.close().catch(() => {});
  }
}
