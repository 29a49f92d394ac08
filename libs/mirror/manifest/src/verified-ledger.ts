import { ShardLedger } from './shard-ledger.ts';

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

  flush(): void {
    this.#ledger.flush();
  }
}
