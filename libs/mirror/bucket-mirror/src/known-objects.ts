import { SHARD, ShardLedger } from '@crates-mirror/manifest/shard-ledger';

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
    const [size, etag, sha256] = this.#ledger.get(shardOfKey(key), key)?.split('\t') ?? [];
    return etag === undefined || sha256 === undefined ? undefined : { size: Number(size), etag, sha256 };
  }

  remember(key: string, { size, etag, sha256 }: KnownObject): void {
    // An ETag may contain any text, but the ledger is line-based.
    if (/[\p{Cc}]/u.test(etag)) return;
    this.#ledger.set(shardOfKey(key), key, `${size}\t${etag}\t${sha256}`);
  }

  flush(): void {
    this.#ledger.flush();
  }
}

/**
 * The shard that has a key: that of its directory, if it is named like a shard of the index, as with
 * crate files in the cargo layout and index files; else the first two characters of the file name,
 * which with all other named layouts are those of the crate.
 */
export function shardOfKey(key: string): string {
  const [, directory = '', ...rest] = key.split('/');
  if (rest.length > 0 && SHARD.test(directory)) return directory;
  const name = (rest.at(-1) ?? directory).slice(0, 2).toLowerCase();
  return SHARD.test(name) ? name : '1';
}
