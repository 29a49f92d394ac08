import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { VerifiedTable } from '@crates-mirror/manifest';

/** How long a shard is considered up to date. */
const FRESH_MS = 200;

interface Shard {
  table: VerifiedTable;
  inode: number;
  /** Bytes read from its file. */
  size: number;
  checkedAt: number;
  checking: Promise<void> | undefined;
}

/**
 * A mirror's ledger of verified files, which other processes write. A shard is read whole on first
 * use, then only its new tail.
 */
export class LedgerView {
  readonly #directory: string;
  readonly #shards = new Map<string, Shard>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  async shard(name: string): Promise<VerifiedTable> {
    let shard = this.#shards.get(name);
    if (shard === undefined) {
      shard = { table: new VerifiedTable(), inode: 0, size: 0, checkedAt: 0, checking: undefined };
      this.#shards.set(name, shard);
    }
    if (performance.now() - shard.checkedAt > FRESH_MS || shard.checkedAt === 0) {
      const checked = shard;
      checked.checking ??= this.#check(name, checked).finally(() => {
        checked.checking = undefined;
      });
      await checked.checking;
    }
    return shard.table;
  }

  async #check(name: string, shard: Shard): Promise<void> {
    const now = performance.now();
    // The ledger is only a cache: if it cannot be read, files are hashed instead.
    const file = await open(join(this.#directory, name), 'r').catch(() => undefined);
    try {
      if (file === undefined) replace(shard, 0);
      else await readNews(file, shard);
    } catch {
      replace(shard, 0);
    } finally {
      await file?.close();
      shard.checkedAt = now;
    }
  }
}

async function readNews(file: FileHandle, shard: Shard): Promise<void> {
  const { ino, size } = await file.stat();
  // The shard was rewritten, or the file system was reset to an earlier state.
  if (ino !== shard.inode || size < shard.size) replace(shard, ino);
  if (size === shard.size) return;
  const { buffer, bytesRead } = await file.read(
    Buffer.allocUnsafe(size - shard.size),
    0,
    size - shard.size,
    shard.size,
  );
  shard.size += shard.table.read(buffer.subarray(0, bytesRead));
}

function replace(shard: Shard, inode: number): void {
  shard.table = new VerifiedTable();
  shard.inode = inode;
  shard.size = 0;
}
