import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { MemberLedger } from '@crates-mirror/bundle';
import { errorCode } from '@crates-mirror/errors';
import { sha256File } from '@crates-mirror/hashing/sha256';
import type { VerifiedFile, VerifiedLedger } from '@crates-mirror/manifest/verified-ledger';

/** A crate file that the mirror holds. */
export interface HeldFile {
  /** Path below the mirror's root, or within its bundle. */
  readonly path: string;
  /** Lower-case hex. */
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
  /** Id of its bundle; null for a loose file. */
  readonly bundle: string | null;
}

/** Crate files of one form of storage, by shard. */
export interface Holder {
  shards(): readonly string[];
  files(shard: string): Iterable<HeldFile>;
  /** Whether the file exists now with exactly these bytes. Any other file must not be removed. */
  isThere(file: HeldFile): boolean;
}

/** The loose files that the mirror's runs have verified. */
export class LooseHolder implements Holder {
  readonly #root: string;
  readonly #ledger: VerifiedLedger;

  constructor(root: string, ledger: VerifiedLedger) {
    this.#root = root;
    this.#ledger = ledger;
  }

  shards(): readonly string[] {
    return this.#ledger.shards();
  }

  *files(shard: string): Generator<HeldFile & VerifiedFile> {
    for (const file of this.#ledger.files(shard)) yield { ...file, bundle: null };
  }

  isThere({ path, sha256, size }: HeldFile): boolean {
    const place = join(this.#root, path);
    try {
      const stats = lstatSync(place, { throwIfNoEntry: false });
      // The verification may be long ago. Only a few files are checked here, so hashing them is
      // affordable.
      return stats?.isFile() === true && stats.size === size && sha256File(place).sha256 === sha256;
    } catch (error) {
      if (errorCode(error) === 'unknown') throw error;
      return false;
    }
  }
}

/** The members of existing bundles. */
export class MemberHolder implements Holder {
  readonly #ledger: MemberLedger;

  constructor(ledger: MemberLedger) {
    this.#ledger = ledger;
  }

  shards(): readonly string[] {
    return this.#ledger.shards();
  }

  *files(shard: string): Generator<HeldFile> {
    for (const [path, member] of this.#ledger.members(shard)) yield { path, ...member };
  }

  isThere(): boolean {
    return true;
  }
}
