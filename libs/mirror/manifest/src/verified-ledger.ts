import { ShardLedger } from './shard-ledger.ts';

/** Not the SHA-256 of any file: readers of all versions treat a file with it as never verified. */
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
 * The files that were verified: path → size, mtime and SHA-256 at that moment (`path TAB size TAB
 * mtime in ms TAB sha256`). It is a cache: losing any of it costs a re-hash, never correctness.
 */
export class VerifiedLedger {
  readonly #ledger: ShardLedger;

  /** @param options.isShared whether it belongs to another run and must not be rewritten */
  constructor(directory: string, options: { readonly isShared: boolean } = { isShared: false }) {
    this.#ledger = new ShardLedger(directory, options);
  }

  /** The SHA-256 of the file at `path` when it had this size and mtime; undefined if unknown. */
  find(shard: string, path: string, size: number, mtimeMs: number): string | undefined {
    const known = this.#ledger.get(shard, path);
    const expected = `${size}\t${mtimeMs}\t`;
    return known?.startsWith(expected) === true ? known.slice(expected.length) : undefined;
  }

  /** Bytes of the file at `path` when last verified; undefined if its SHA-256 was different. */
  sizeOf(shard: string, path: string, sha256: string): number | undefined {
    const [size, , known] = this.#ledger.get(shard, path)?.split('\t') ?? [];
    return known === sha256 && Number.isSafeInteger(Number(size)) ? Number(size) : undefined;
  }

  /** Records a verified file. It is on disk after the next {@link flush}. */
  remember(shard: string, path: string, size: number, mtimeMs: number, sha256: string): void {
    this.#ledger.set(shard, path, `${size}\t${mtimeMs}\t${sha256}`);
  }

  /** Records that a file was removed on purpose. It is on disk after the next {@link flush}. */
  forget(shard: string, path: string): void {
    this.remember(shard, path, 0, 0, FORGOTTEN);
  }

  /** The verified files of a shard. @throws LedgerError */
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
