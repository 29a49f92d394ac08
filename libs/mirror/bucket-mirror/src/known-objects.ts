import { SHARD, ShardLedger } from '@crates-mirror/manifest/shard-ledger';

/** The state of an object when its SHA-256 was determined. */
export interface KnownObject {
  /** Bytes. */
  readonly size: number;
  readonly etag: string;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** The value of an object that is gone. */
const GONE = '';

/**
 * The SHA-256 of objects by size and ETag (`key TAB size TAB etag TAB sha256`), cached on the local
 * disk. Without the cache, each lookup costs a request.
 */
export class KnownObjects {
  readonly #ledger: ShardLedger;

  /** @param options.isShared whether other threads write to the same directory */
  constructor(directory: string, options: { readonly isShared: boolean } = { isShared: false }) {
    this.#ledger = new ShardLedger(directory, options);
  }

  find(key: string): KnownObject | undefined {
    return parse(this.#ledger.get(shardOfKey(key), key) ?? GONE);
  }

  remember(key: string, { size, etag, sha256 }: KnownObject): void {
    // An ETag may contain any text, but the ledger is line-based.
    if (/[\p{Cc}]/u.test(etag)) return;
    this.#ledger.set(shardOfKey(key), key, `${size}\t${etag}\t${sha256}`);
  }

  /** Records that an object is gone, or that its SHA-256 cannot be known. */
  forget(key: string): void {
    if (this.find(key) !== undefined) this.#ledger.set(shardOfKey(key), key, GONE);
  }

  /** The keys of all known objects that begin with `begin`. */
  *keys(begin: string): Generator<string> {
    for (const shard of this.#ledger.shards()) {
      // The entries of a shard change while objects are forgotten.
      for (const [key, value] of [...this.#ledger.entries(shard)])
        if (key.startsWith(begin) && parse(value) !== undefined) yield key;
    }
  }

  /** @throws LedgerError */
  flush(): void {
    this.#ledger.flush();
  }
}

function parse(value: string): KnownObject | undefined {
  const [size, etag, sha256] = value.split('\t');
  return etag === undefined || sha256 === undefined ? undefined : { size: Number(size), etag, sha256 };
}

/**
 * The shard that has a key: that of its directory, if it is named like a shard of the index, as
 * with crate files in the cargo layout and index files; else the first two characters of the file
 * name, which with all other named layouts are those of the crate.
 */
export function shardOfKey(key: string): string {
  const [, directory = '', ...rest] = key.split('/');
  if (rest.length > 0 && SHARD.test(directory)) return directory;
  const name = (rest.at(-1) ?? directory).slice(0, 2).toLowerCase();
  return SHARD.test(name) ? name : '1';
}
