import { closeSync, fstatSync, openSync, readSync, rmdirSync, type Stats, unlinkSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { CodedError } from '@crates-mirror/errors';
import { ExactNames, writeFileAtomic } from '@crates-mirror/fs-atomic';
import { sha256File } from '@crates-mirror/hashing/sha256';
import { type MirrorHome, mirrorHome } from '@crates-mirror/layout/mirror-home';
import { windowsFlaw } from '@crates-mirror/layout/windows-name';
import { VerifiedLedger } from '@crates-mirror/manifest/verified-ledger';
import type { SetAside } from '@crates-mirror/removals/set-aside';
import { Bodies } from '../fetch/bodies.ts';
import type { CrateBody } from '../fetch/crate-body.ts';
import type { Target } from '../target.ts';
import { LooseFiles } from './loose-files.ts';
import { parentOf } from './loose-paths.ts';
import { storing } from './store-error.ts';

const READ_SIZE = 256 * 1024;

/** A file in place. */
export interface FoundFile {
  readonly status: 'existing' | 'verified_existing';
  /** In bytes. */
  readonly size: number;
  /** Set for a file that is unchanged since its verification. */
  readonly mtimeMs?: number;
  /** Set for a file that was hashed just now, and whose current state is not in the ledger. */
  readonly hashedMtimeMs?: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/**
 * One lane's view of the mirror's loose files: which are already in place, and how a verified body
 * is stored.
 */
export class CrateStore {
  readonly #home: MirrorHome;
  readonly #files: LooseFiles;
  readonly #ledger: VerifiedLedger;
  readonly #verifyExisting: boolean;
  readonly #onDamage: (path: string) => void;
  readonly #setAside: SetAside | undefined;
  readonly #names: ExactNames;
  readonly #bodies: Bodies;

  /**
   * @param onDamage called with a file that looks unchanged since its verification but has
   *   different content
   * @param setAside receives verified files that are about to be replaced; undefined if they are
   *   not kept
   * @param names undefined for those of the mirror's own file system
   * @param isShared whether other processes write to the same mirror
   */
  constructor(
    root: string,
    verifyExisting: boolean,
    onDamage: (path: string) => void = () => {},
    setAside?: SetAside,
    names?: ExactNames,
    isShared = false,
  ) {
    // Parent directories are recognized by comparing paths.
    this.#home = mirrorHome(resolve(root));
    this.#bodies = new Bodies(this.#home);
    this.#files = new LooseFiles(this.#home.root);
    this.#ledger = new VerifiedLedger(this.#home.ledgerDirectory, { isShared });
    this.#verifyExisting = verifyExisting;
    this.#onDamage = onDamage;
    this.#setAside = setAside;
    this.#names = names ?? new ExactNames(dirname(this.#home.temporaryDirectory));
  }

  /**
   * Returns a target's file if it is in place. The file is trusted if its size and mtime are those
   * of its verification; otherwise it is hashed. Without a checksum to compare with, a file does
   * not count as in place. Changes nothing.
   *
   * @throws StoreError
   */
  find(target: Target): FoundFile | undefined {
    const path = this.#files.pathOf(target);
    const stats = storing(() => this.#files.stat(path));
    if (stats === undefined || !stats.isFile()) return undefined;
    const known = this.#ledger.find(target.shard, target.path, stats.size, stats.mtimeMs);
    const expected = target.sha256 ?? known;
    if (expected === undefined) return undefined;
    if (known === expected && !this.#verifyExisting && !target.isToVerify) {
      return { status: 'existing', size: stats.size, mtimeMs: stats.mtimeMs, sha256: expected };
    }
    storing(() => this.#names.check(path));
    const actual = storing(() => sha256File(path));
    if (actual.sha256 !== expected) {
      if (known === expected) this.#onDamage(path);
      return undefined;
    }
    const found = { status: 'verified_existing', size: stats.size, sha256: expected } as const;
    return known === expected ? found : { ...found, hashedMtimeMs: stats.mtimeMs };
  }

  /** Records a target's file that {@link find} has hashed. */
  remember(target: Target, { size, hashedMtimeMs, sha256 }: FoundFile): void {
    if (hashedMtimeMs === undefined) return;
    this.#ledger.remember(target.shard, target.path, size, hashedMtimeMs, sha256);
  }

  /**
   * Creates the body for a target's file. It begins with what a broken attempt or an earlier run
   * left.
   */
  newBody(target: Target): CrateBody {
    return this.#bodies.newBody(target);
  }

  /** Releases an incomplete body. @param isKept whether the next attempt may resume it */
  release(target: Target, body: CrateBody, isKept: boolean): void {
    this.#bodies.release(target, body, isKept);
  }

  /** Stores a verified body. @returns its path and its size in bytes @throws StoreError */
  place(target: Target, body: CrateBody, sha256: string): { path: string; size: number } {
    return this.#put(target, sha256, (path) => body.store(path));
  }

  /** Like {@link place}, for a body whose bytes are also stored elsewhere. @throws StoreError */
  write(target: Target, content: Buffer, sha256: string): void {
    const { temporaryDirectory } = this.#home;
    this.#put(target, sha256, (path) => writeFileAtomic(path, content, { temporaryDirectory }));
  }

  /** Reads the file that {@link find} has found for a target. @throws StoreError */
  load(target: Target): CrateBody {
    const body = this.#bodies.emptyBody();
    return storing(() => {
      const fd = openSync(this.#files.pathOf(target), 'r');
      try {
        body.begin(fstatSync(fd).size);
        const piece = Buffer.allocUnsafe(READ_SIZE);
        for (;;) {
          const count = readSync(fd, piece, 0, READ_SIZE, null);
          if (count === 0) return body;
          body.data(piece.subarray(0, count));
        }
      } catch (error) {
        body.discard();
        throw error;
      } finally {
        closeSync(fd);
      }
    });
  }

  /**
   * Removes a target's file, if any, and the directories that this leaves empty.
   *
   * @throws StoreError
   */
  remove(target: Target): void {
    storing(() => {
      let path = this.#files.pathOf(target);
      if (this.#files.stat(path)?.isFile() !== true) return;
      unlinkSync(path);
      for (path = parentOf(path); path !== this.#home.root && removeIfEmpty(path); path = parentOf(path)) {
        this.#files.note(path, false);
      }
    });
  }

  /**
   * Writes the records of verified files. Must be called before the manifest records of the same
   * files.
   *
   * @throws StoreError
   */
  flush(): void {
    storing(() => this.#ledger.flush());
  }

  /** Keeps a verified file that a file with different content is about to replace. */
  #keepReplaced({ name, version, shard, path }: Target, place: string, by: string): void {
    if (this.#setAside === undefined) return;
    const stats = this.#files.stat(place);
    if (stats?.isFile() !== true) return;
    const { size, mtimeMs } = stats;
    const sha256 = this.#ledger.find(shard, path, size, mtimeMs);
    if (sha256 !== undefined && sha256 !== by) this.#setAside.add({ name, version, path, sha256, size }, by);
  }

  #put(target: Target, sha256: string, store: (path: string) => Stats): { path: string; size: number } {
    const path = this.#files.pathOf(target);
    return storing(() => {
      checkName(target.path);
      this.#files.makeDirectory(parentOf(path));
      this.#names.check(path);
      this.#keepReplaced(target, path, sha256);
      const { size, mtimeMs } = store(path);
      this.#ledger.remember(target.shard, target.path, size, mtimeMs, sha256);
      return { path, size };
    });
  }
}

/** Rejects device names, since a device discards whatever is written to it. @throws CodedError */
export function checkName(path: string, platform: NodeJS.Platform = process.platform): void {
  const flaw = platform === 'win32' ? windowsFlaw(path) : undefined;
  if (flaw !== undefined) throw new CodedError('windows_name', `${path} cannot be a file: its name ${flaw}`);
}

function removeIfEmpty(directory: string): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch {
    return false;
  }
}
