import { closeSync, openSync, readSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { WantedFile } from '@crates-mirror/crate-files';
import { indexShard } from '@crates-mirror/crates-index';
import { CodedError } from '@crates-mirror/errors';
import { AtomicFile, type Lock, makeDirectories } from '@crates-mirror/fs-atomic';
import { createSha256 } from '@crates-mirror/hashing';
import { type Layout, lockHome, type MirrorHome, mirrorHome } from '@crates-mirror/layout';
import { VerifiedLedger } from '@crates-mirror/manifest';

const READ_SIZE = 1 << 20;

/**
 * Restores crate files in a mirror from intact copies. This is the only thing that an export writes
 * to a mirror.
 */
export class MirrorRepair {
  readonly #home: MirrorHome;
  readonly #layout: Layout;
  readonly #ledger: VerifiedLedger;
  readonly #lock: Lock;

  /**
   * Locks the mirror, as every run that writes crate files does.
   *
   * @throws UsageError if it cannot be locked
   */
  static open(root: string, layout: Layout): MirrorRepair {
    return new MirrorRepair(mirrorHome(root), layout, lockHome(root, '--mirror'));
  }

  private constructor(home: MirrorHome, layout: Layout, lock: Lock) {
    this.#home = home;
    this.#layout = layout;
    this.#lock = lock;
    this.#ledger = new VerifiedLedger(home.ledgerDirectory);
  }

  /**
   * Replaces a crate file.
   *
   * @param from the copy, which is hashed again
   * @returns the path of the file
   * @throws CodedError if the copy is not intact
   */
  restore(wanted: WantedFile, from: string): string {
    const relative = this.#layout.pathOf(wanted);
    const path = join(this.#home.root, relative);
    const { temporaryDirectory, ledgerDirectory } = this.#home;
    // These may be missing in another tool's tree. An export does not record the layout of such a
    // tree.
    for (const directory of [dirname(path), temporaryDirectory, ledgerDirectory]) makeDirectories(directory);
    const file = new AtomicFile(temporaryDirectory);
    try {
      if (copyInto(file, from) !== wanted.sha256) throw new CodedError('changed', `${from} has changed`);
      // The file that is replaced may be the last trace of the previous content.
      file.sync();
      const { size, mtimeMs } = file.commit(path);
      this.#remember(wanted, relative, size, mtimeMs);
      return path;
    } finally {
      file.discard();
    }
  }

  #remember({ name, sha256 }: WantedFile, path: string, size: number, mtimeMs: number): void {
    const shard = indexShard(name);
    // Reading the shard first also drops a line torn by a kill.
    if (this.#ledger.find(shard, path, size, mtimeMs) === sha256) return;
    this.#ledger.remember(shard, path, size, mtimeMs, sha256);
  }

  flush(): void {
    this.#ledger.flush();
  }

  release(): void {
    this.#lock.release();
  }
}

/** @returns the SHA-256 of the copied bytes */
function copyInto(file: AtomicFile, from: string): string {
  const hash = createSha256();
  const piece = Buffer.allocUnsafe(READ_SIZE);
  const fd = openSync(from, 'r');
  try {
    for (;;) {
      const count = readSync(fd, piece, 0, READ_SIZE, null);
      if (count === 0) return hash.digest('hex');
      const bytes = piece.subarray(0, count);
      hash.update(bytes);
      file.write(bytes);
    }
  } finally {
    closeSync(fd);
  }
}
