import { ShardLedger } from './shard-ledger.ts';

/** No file's SHA-256: readers of all versions take a file with it for one that was never verified. */
const FORGOTTEN = '0'.repeat(64);

/** A file that was verified with this size and mtime. */
export interface VerifiedFile {
  readonly path: string;
  /** bytes */
  readonly size: number;
  /** ms since the epoch */
  readonly mtimeMs: number;
  /** lower-case hex */
  readonly sha256: string;
}

/**
 * What is known of files that were verified: path → size, mtime and SHA-256 at that moment
 * (`path TAB size TAB mtime in ms TAB sha256`). It is a cache: losing any of it costs a re-hash, never correctness.
 */
export class VerifiedLedger {
  readonly #ledger: ShardLedger;

  /** @param options.isShared whether it belongs to another run, so that nothing may be tidied up */
  constructor(directory: string, options: { readonly isShared: boolean } = { isShared: false }) {
    this.#ledger = new ShardLedger(directory, options);
  }

  /** The SHA-256 that the file at `path` had when it had just this size and mtime; undefined when none is known. */
  find(shard: string, path: string, size: number, mtimeMs: number): string | undefined {
    const known = this.#ledger.get(shard, path);
    const expected = `${size}\t${mtimeMs}\t`;
    return known?.startsWith(expected) === true ? known.slice(expected.length) : undefined;
  }

  /** What size the file at `path` had when it was verified last, bytes; undefined where its SHA-256 was another one. */
  sizeOf(shard: string, path: string, sha256: string): number | undefined {
    const [size, , known] = this.#ledger.get(shard, path)?.split('\t') ?? [];
    return known === sha256 && Number.isSafeInteger(Number(size)) ? Number(size) : undefined;
  }

  /** Remembers a verified file; on disk with the next {@link flush}. */
  remember(shard: string, path: string, size: number, mtimeMs: number, sha256: string): void {
    this.#ledger.set(shard, path, `${size}\t${mtimeMs}\t${sha256}`);
  }

  /** A file that was removed on purpose: nothing is known of it any more. On disk with the next {@link flush}. */
  forget(shard: string, path: string): void {
    this.remember(shard, path, 0, 0, FORGOTTEN);
  }

  /** What is known of a shard's files. @throws LedgerError */
  *files(shard: string): Generator<VerifiedFile> {
    for (const [path, value] of this.#ledger.entries(shard)) {
      const [size, mtimeMs, sha256 = FORGOTTEN] = value.split('\t');
      if (sha256 !== FORGOTTEN) yield { path, size: Number(size), mtimeMs: Number(mtimeMs), sha256 };
    }
  }

  /** @throws LedgerError */
  shards(): readonly string[] {
    return this.#ledger.shards();
  }

  flush(): void {
    this.#ledger.flush();
  }
}
