import { ShardLedger } from '@crates-mirror/manifest/shard-ledger';

/** The state of an object when its SHA-256 was determined. */
export interface KnownObject {
  /** Bytes. */
  readonly size: number;
  readonly etag: string;
  /** Lower-case hex. */
  readonly sha256: string;
}

/**
 * The SHA-256 of objects by size and ETag (`key TAB size TAB etag TAB sha256`), cached on the local
 * disk. Without the cache, each lookup costs a request.
 */
export class KnownObjects {
  readonly #ledger: ShardLedger;

  constructor(directory: string) {
    this.#ledger = new ShardLedger(directory);
  }

  find(key: string): KnownObject | undefined {
    const [size, etag, sha256] = this.#ledger.get(shardOf(key), key)?.split('\t') ?? [];
    return etag === undefined || sha256 === undefined ? undefined : { size: Number(size), etag, sha256 };
  }

  remember(key: string, { size, etag, sha256 }: KnownObject): void {
    // An ETag may contain any text, but the ledger is line-based.
    if (/[\p{Cc}]/u.test(etag)) return;
    this.#ledger.set(shardOf(key), key, `${size}\t${etag}\t${sha256}`);
  }

  flush(): void {
    this.#ledger.flush();
  }
}

/** Crate files and index files are in directories named like the shards of the index. */
function shardOf(key: string): string {
  const [, shard = '', rest] = key.split('/');
  return rest === undefined ? '1' : shard;
}
