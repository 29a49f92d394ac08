import { lstatSync, mkdirSync, type Stats } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { PlacedMember } from '@crates-mirror/bundle';
import { indexShard } from '@crates-mirror/crates-index';
import { CodedError, errorCode, errorMessage, UsageError } from '@crates-mirror/errors';
import { AtomicFile, type Lock, makeDirectories, removeTemporaries } from '@crates-mirror/fs-atomic';
import { createSha256, sha256File } from '@crates-mirror/hashing';
import {
  checkMarker,
  lockHome,
  type MirrorHome,
  mirrorHome,
  prepareHome,
  readLayout,
} from '@crates-mirror/layout';
import { VerifiedLedger } from '@crates-mirror/manifest';
import { breathe } from './breather.ts';
import type { ReadMember } from './members.ts';

const FLUSH_EVERY = 10_000;

/** The tree of loose files that members are put into. Nothing is ever written outside, not even through a link in it. */
export class OutTree {
  readonly #home: MirrorHome;
  readonly #overwrite: boolean;
  readonly #lock: Lock;
  readonly #ledger: VerifiedLedger;
  readonly #directories = new Set<string>();
  #remembered = 0;

  /** Takes the tree for this run; of the layout of the bundles, where they tell. @throws UsageError */
  static open(out: string, overwrite: boolean, bundlesDir: string): OutTree {
    if (resolve(out) === resolve(bundlesDir))
      throw new UsageError(`--out and --bundles-dir are the same directory, ${out}`, {
        hint: 'Give the crate files one of their own',
      });
    const layout = readLayout(bundlesDir);
    if (layout !== undefined) checkMarker(out, layout);
    // Parents are told by comparing paths.
    const home = mirrorHome(resolve(out));
    const lock = lockHome(out, '--out');
    try {
      const directories = [home.temporaryDirectory, home.ledgerDirectory];
      if (layout === undefined) for (const directory of directories) makeDirectories(directory);
      else prepareHome(home, layout, directories);
      removeTemporaries(home.temporaryDirectory);
      return new OutTree(home, overwrite, lock);
    } catch (error) {
      lock.release();
      throw new UsageError(`--out: cannot write to ${out}: ${errorMessage(error)}`);
    }
  }

  private constructor(home: MirrorHome, overwrite: boolean, lock: Lock) {
    this.#home = home;
    this.#overwrite = overwrite;
    this.#lock = lock;
    this.#ledger = new VerifiedLedger(home.ledgerDirectory);
  }

  /**
   * Puts a member in place, verified where its manifest allows that.
   *
   * @returns whether it was written; otherwise the same file was there already
   * @throws CodedError when it cannot be, with its reason
   */
  async put(member: ReadMember): Promise<boolean> {
    const path = join(this.#home.root, member.path);
    this.#makeDirectory(dirname(path));
    const present = lstatSync(path, { throwIfNoEntry: false });
    const { expected } = member;
    if (expected !== undefined && this.#isInPlace(member, path, present)) return false;
    const file = new AtomicFile(this.#home.temporaryDirectory);
    try {
      const sha256 = await receive(member, (piece) => file.write(piece));
      if (expected === undefined && isSame(path, present, sha256)) return false;
      if (present !== undefined && !this.#overwrite)
        throw new CodedError(
          'exists',
          'there is another file of that name already (--overwrite replaces it)',
        );
      const stats = file.commit(path);
      this.#remember(member, stats);
      return true;
    } finally {
      file.discard();
    }
  }

  close(): void {
    try {
      this.#ledger.flush();
    } finally {
      this.#lock.release();
    }
  }

  /** Trusts what was verified before and has not changed since, and hashes anything else. */
  #isInPlace(member: ReadMember, path: string, present: Stats | undefined): boolean {
    const { name, sha256 } = member.expected as PlacedMember;
    if (present?.isFile() !== true) return false;
    const known = this.#ledger.find(indexShard(name), member.path, present.size, present.mtimeMs);
    if (known === sha256) return true;
    if (!isSame(path, present, sha256)) return false;
    this.#remember(member, present);
    return true;
  }

  /** So that the downloader, going on with this tree, need not hash what was verified just now. */
  #remember({ path, expected }: ReadMember, stats: Stats): void {
    if (expected === undefined) return;
    this.#ledger.remember(indexShard(expected.name), path, stats.size, stats.mtimeMs, expected.sha256);
    this.#remembered += 1;
    if (this.#remembered % FLUSH_EVERY === 0) this.#ledger.flush();
  }

  #makeDirectory(directory: string): void {
    if (directory === this.#home.root || this.#directories.has(directory)) return;
    this.#makeDirectory(dirname(directory));
    try {
      mkdirSync(directory);
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
      // A link may lead anywhere.
      if (!lstatSync(directory).isDirectory())
        throw new CodedError('not_a_directory', `${directory} is there and is no directory`);
    }
    this.#directories.add(directory);
  }
}

function isSame(path: string, present: Stats | undefined, sha256: string): boolean {
  return present?.isFile() === true && sha256File(path).sha256 === sha256;
}

/** Reads a member to its end. @returns its SHA-256. @throws CodedError when that is not what the manifest says */
export async function receive(
  { content, expected }: ReadMember,
  onPiece: (piece: Buffer) => void,
): Promise<string> {
  const hash = createSha256();
  for await (const piece of content) {
    hash.update(piece);
    onPiece(piece);
    await breathe();
  }
  const sha256 = hash.digest('hex');
  if (expected !== undefined && sha256 !== expected.sha256)
    throw new CodedError('checksum_mismatch', `SHA-256 is ${sha256}, its manifest says ${expected.sha256}`);
  return sha256;
}
