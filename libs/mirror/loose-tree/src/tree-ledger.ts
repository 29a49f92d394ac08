import type { Stats } from 'node:fs';
import type { PlacedMember } from '@crates-mirror/bundle/reading';
import { indexShard } from '@crates-mirror/crates-index/names';
import { errorMessage } from '@crates-mirror/errors';
import { VerifiedLedger } from '@crates-mirror/manifest/verified-ledger';

const FLUSH_EVERY = 10_000;

type Known = Pick<PlacedMember, 'name' | 'path' | 'sha256'>;

/**
 * The ledger of verified files, which saves the downloader from hashing them when it resumes with
 * the tree. It is a cache: if it cannot be read or written, the run continues without it and
 * reports that at the end.
 */
export class TreeLedger {
  readonly #ledger: VerifiedLedger;
  #remembered = 0;
  #failure: string | undefined;

  constructor(directory: string) {
    this.#ledger = new VerifiedLedger(directory);
  }

  /**
   * Whether a member's file was verified before and is unchanged. An error is kept for
   * {@link close}.
   */
  find({ name, path, sha256 }: Known, { size, mtimeMs }: Stats): boolean {
    return this.#try(() => this.#ledger.find(indexShard(name), path, size, mtimeMs)) === sha256;
  }

  remember({ name, path, sha256 }: Known, { size, mtimeMs }: Stats): void {
    if (this.#failure !== undefined) return;
    this.#ledger.remember(indexShard(name), path, size, mtimeMs, sha256);
    this.#remembered += 1;
    if (this.#remembered % FLUSH_EVERY === 0) this.#try(() => this.#ledger.flush());
  }

  flush(): void {
    this.#try(() => this.#ledger.flush());
  }

  /** @returns why it could not be written, in one line */
  close(): string | undefined {
    this.#try(() => this.#ledger.flush());
    return this.#failure;
  }

  #try<T>(operation: () => T): T | undefined {
    if (this.#failure !== undefined) return undefined;
    try {
      return operation();
    } catch (error) {
      this.#failure = errorMessage(error);
      return undefined;
    }
  }
}
