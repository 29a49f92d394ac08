import { setImmediate as nextTurn } from 'node:timers/promises';
import { type AlgorithmName, type Block, DigestPool } from '@crates-mirror/hashing';
import type { BytePath } from '../byte-path.ts';
import type { Source } from './source.ts';

/** A file whose content has been hashed. */
export interface HashedFile {
  readonly kind: 'file';
  readonly path: BytePath;
  /** bytes */
  readonly size: number;
  /** ns since 1970 */
  readonly mtimeNs: bigint;
  /** Lower-case hex. */
  readonly sha256: string;
  readonly blake3: string;
  /** Why the hashed content may differ from the file. */
  readonly problem: string | undefined;
}

export interface Link {
  readonly kind: 'symlink';
  readonly path: BytePath;
  readonly mtimeNs: bigint;
  readonly target: BytePath;
}

/** The results, in the order of the input. */
export type Completed = HashedFile | Link;

export interface TreeHasherOptions {
  readonly workers: number;
  /** Algorithms for digests over the concatenated contents. */
  readonly algorithms: readonly AlgorithmName[];
  /** Aborted to stop all work. */
  readonly signal: AbortSignal;
  readonly onCompleted: (entries: readonly Completed[]) => void;
  /** Called between blocks. Reading continues once it resolves. */
  readonly onBlock: () => Promise<void>;
}

/** Maximum number of entries that wait for a block to fill. */
const MAX_PENDING = 512;

type Pending = (Omit<HashedFile, 'sha256' | 'blake3'> & { readonly part: number }) | Link;

/**
 * Hashes files while it reads them. It fills blocks of shared memory, passes them to a pool of
 * threads, and reports each file in the order in which it was added.
 */
export class TreeHasher {
  readonly #options: TreeHasherOptions;
  readonly #pool: DigestPool;
  #block: Block | undefined;
  /** Entries of the block that is being filled. */
  #pending: Pending[] = [];
  /** Resolves once everything sent so far has been reported. */
  #completed: Promise<void> = Promise.resolve();

  constructor(options: TreeHasherOptions) {
    this.#options = options;
    const { workers, algorithms } = options;
    this.#pool = new DigestPool({ workers, ofStream: algorithms, ofParts: ['sha256', 'blake3'] });
    options.signal.addEventListener('abort', () => this.#pool.fail(options.signal.reason), { once: true });
  }

  /**
   * Reads a file to its end, and closes it.
   *
   * @param onContent called with each piece when it is hashed
   * @throws AbortError; errors of a worker or a listener
   */
  async addFile(
    { path, size, mtimeNs }: { path: BytePath; size: number; mtimeNs: bigint },
    source: Source,
    onContent: (piece: Buffer) => void,
  ): Promise<string | undefined> {
    let left = size;
    let part = 0;
    let problem: string | undefined;
    try {
      do {
        const block = await this.#blockWithRoom();
        const room = block.room.subarray(0, left);
        const filling = source.fill(room);
        // A file of this machine has been read by now.
        if (filling !== undefined) await filling;
        onContent(room);
        left -= room.length;
        part = block.parts;
        block.addPart(room.length, left === 0);
      } while (left > 0);
    } finally {
      problem = source.close();
    }
    this.#pending.push({ kind: 'file', path, size, mtimeNs, part, problem });
    return problem;
  }

  /** @throws as {@link addFile} does */
  async addLink(link: Link): Promise<void> {
    this.#pending.push(link);
    if (this.#pending.length >= MAX_PENDING) await this.#send();
  }

  /** Waits for all pending work. @returns the digests over all contents, lower-case hex */
  async finish(): Promise<ReadonlyMap<AlgorithmName, string>> {
    if (this.#pending.length > 0) await this.#send();
    await this.#completed;
    return this.#pool.finish();
  }

  /** Ends all threads immediately. */
  async close(): Promise<void> {
    await this.#pool.close();
  }

  async #blockWithRoom(): Promise<Block> {
    if (this.#block?.isFull === true) await this.#send();
    this.#block ??= await this.#pool.obtain();
    return this.#block;
  }

  async #send(): Promise<void> {
    const block = this.#block ?? (await this.#pool.obtain());
    const pending = this.#pending;
    this.#block = undefined;
    this.#pending = [];
    const before = this.#completed;
    this.#completed = this.#pool.submit(block).then(async () => {
      await before;
      this.#options.onCompleted(pending.map((entry) => this.#complete(block, entry)));
      this.#pool.release(block);
    });
    this.#completed.catch((error) => this.#pool.fail(error));
    await this.#options.onBlock();
    // Lets signals, the progress bar and messages of the workers be processed.
    await nextTurn();
    this.#options.signal.throwIfAborted();
  }

  #complete(block: Block, entry: Pending): Completed {
    if (entry.kind === 'symlink') return entry;
    const { part, ...file } = entry;
    return {
      ...file,
      sha256: this.#pool.partDigest(block, part, 'sha256'),
      blake3: this.#pool.partDigest(block, part, 'blake3'),
    };
  }
}
