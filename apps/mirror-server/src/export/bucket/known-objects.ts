import { ShardLedger } from '@crates-mirror/manifest/shard-ledger';

/** What an object was when its SHA-256 was known. */
export interface KnownObject {
  /** bytes */
  readonly size: number;
  readonly etag: string;
  /** lower-case hex */
  readonly sha256: string;
}

/**
 * The SHA-256 of objects, by size and ETag at that moment (`key TAB size TAB etag TAB sha256`), on the local disk. It is a cache:
 * without it, each object that is asked for costs a request.
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
    // An ETag is any text, and the ledger has lines.
    if (/[\p{Cc}]/u.test(etag)) return;
    this.#ledger.set(shardOf(key), key, `${size}\t${etag}\t${sha256}`);
  }

  flush(): void {
    this.#ledger.flush();
  }
}

/** Crate files and index files lie in directories that are named like the shards of the index. */
function shardOf(key: string): string {
  const [, shard = '', rest] = key.split('/');
  return rest === undefined ? '1' : shard;
}
