import { type Stats, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeDirectories } from '@crates-mirror/fs-atomic';
import { sha256File } from '@crates-mirror/hashing';
import { type MirrorHome, mirrorHome } from '@crates-mirror/layout';
import { VerifiedLedger } from '@crates-mirror/manifest';
import { type BufferBudget, CrateBody } from './crate-body.ts';
import { storing } from './store-error.ts';
import type { Settlement, Target } from './target.ts';

/** Directories beyond which what is known of them is forgotten. */
const MOST_DIRECTORIES = 50_000;

/** The mirror on disk as one lane sees it: what is in place already, and how a verified body gets there. */
export class CrateStore {
  readonly #home: MirrorHome;
  readonly #ledger: VerifiedLedger;
  readonly #verifyExisting: boolean;
  readonly #directories = new Map<string, boolean>();
  readonly #budget: BufferBudget = { held: 0 };

  constructor(root: string, verifyExisting: boolean) {
    this.#home = mirrorHome(root);
    this.#ledger = new VerifiedLedger(this.#home.ledgerDirectory);
    this.#verifyExisting = verifyExisting;
  }

  /**
   * Whether a target's file is in place: trusted if size and mtime are those of its verification, else hashed.
   * A file that no checksum can vouch for is not in place. @throws StoreError
   */
  find(target: Target): (Settlement & { status: 'existing' | 'verified_existing' }) | undefined {
    const path = join(this.#home.root, target.path);
    const stats = storing(() => this.#stat(path));
    if (stats === undefined || !stats.isFile()) return undefined;
    const known = this.#ledger.find(target.shard, target.path, stats.size, stats.mtimeMs);
    const expected = target.sha256 ?? known;
    if (expected === undefined) return undefined;
    if (known === expected && !this.#verifyExisting) {
      return { status: 'existing', size: stats.size, sha256: expected };
    }
    const actual = storing(() => sha256File(path));
    if (actual.sha256 !== expected) return undefined;
    if (known !== expected) this.#remember(target, stats, expected);
    return { status: 'verified_existing', size: stats.size, sha256: expected };
  }

  newBody(): CrateBody {
    return new CrateBody(this.#home.temporaryDirectory, this.#budget);
  }

  /** Puts a verified body in place. @returns its size in bytes. @throws StoreError */
  place(target: Target, body: CrateBody, sha256: string): number {
    const path = join(this.#home.root, target.path);
    return storing(() => {
      this.#makeDirectory(dirname(path));
      const stats = body.store(path);
      this.#remember(target, stats, sha256);
      return stats.size;
    });
  }

  /** Writes down what was verified. Comes before the manifest records of the same files. @throws StoreError */
  flush(): void {
    storing(() => this.#ledger.flush());
  }

  #remember(target: Target, stats: Stats, sha256: string): void {
    this.#ledger.remember(target.shard, target.path, stats.size, stats.mtimeMs, sha256);
  }

  /** Asks for a file only where its directory exists: a first run asks for every directory once, not every file. */
  #stat(path: string): Stats | undefined {
    const directory = dirname(path);
    let exists = this.#directories.get(directory);
    if (exists === undefined) {
      exists = statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true;
      this.#note(directory, exists);
    }
    return exists ? statSync(path, { throwIfNoEntry: false }) : undefined;
  }

  #makeDirectory(directory: string): void {
    if (this.#directories.get(directory) === true) return;
    makeDirectories(directory);
    this.#note(directory, true);
  }

  #note(directory: string, exists: boolean): void {
    if (this.#directories.size >= MOST_DIRECTORIES) this.#directories.clear();
    this.#directories.set(directory, exists);
  }
}
