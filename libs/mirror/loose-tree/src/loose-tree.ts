import { existsSync, lstatSync, mkdirSync, rmdirSync, type Stats } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { PlacedMember } from '@crates-mirror/bundle/reading';
import { realPath } from '@crates-mirror/cli/real-path';
import { CodedError, errorCode, UsageError } from '@crates-mirror/errors';
import {
  AtomicFile,
  ExactNames,
  type Lock,
  makeDirectories,
  removeTemporaries,
} from '@crates-mirror/fs-atomic';
import { createSha256, sha256File } from '@crates-mirror/hashing/sha256';
import {
  checkMarker,
  type Layout,
  lockHome,
  type MirrorHome,
  mirrorHome,
  prepareHome,
  readLayout,
} from '@crates-mirror/layout';
import { breathe } from './breather.ts';
import type { ReadMember } from './read-member.ts';
import { TreeLedger } from './tree-ledger.ts';
import { cannotWrite, writing } from './writing.ts';

/** A failure and its location. */
interface FailureNote {
  readonly where: string;
  readonly message: string;
}

/** Parameters of an open tree. */
interface Place {
  /** The path as the user wrote it. */
  readonly out: string;
  /** Layout of the bundles, if known. */
  readonly layout: Layout | undefined;
  readonly overwrite: boolean;
  /** undefined if the caller holds the lock */
  readonly lock: Lock | undefined;
  /** The nearest parent of the lock that existed before. */
  readonly before: string;
  /** Called with a member before it replaces a file with other bytes. */
  readonly onReplace?: OnReplace | undefined;
}

export type OnReplace = (member: PlacedMember) => void;

/**
 * The tree of loose files that receives members. Nothing is ever written outside it, not even
 * through a link inside.
 */
export class LooseTree {
  readonly #place: Place;
  readonly #home: MirrorHome;
  readonly #ledger: TreeLedger;
  readonly #names: ExactNames;
  readonly #directories = new Set<string>();
  #isPrepared = false;

  /**
   * Locks the tree for this run. It gets the layout of the bundles, if known.
   * @throws UsageError
   */
  static open(out: string, overwrite: boolean, bundlesDir: string): LooseTree {
    // Because of links, two names can refer to one directory.
    if (realPath(out) === realPath(bundlesDir))
      throw new UsageError(`--out and --bundles-dir are the same directory, ${out}`, {
        hint: 'Give the crate files one of their own',
      });
    const layout = readLayout(bundlesDir);
    if (layout !== undefined) checkMarker(out, layout);
    // Parents are found by comparing paths, which must be absolute.
    const home = mirrorHome(resolve(out));
    const before = nearestThere(dirname(home.lockFile));
    return new LooseTree(home, { out, layout, overwrite, lock: lockHome(out, '--out'), before });
  }

  /**
   * Like {@link open}, but the caller holds the mirror's lock, and members replace files.
   *
   * @param onReplace called with each member before it replaces a file with other bytes
   */
  static over(mirror: string, layout: Layout, onReplace?: OnReplace): LooseTree {
    const home = mirrorHome(resolve(mirror));
    const before = dirname(home.lockFile);
    return new LooseTree(home, { out: mirror, layout, overwrite: true, lock: undefined, before, onReplace });
  }

  private constructor(home: MirrorHome, place: Place) {
    this.#home = home;
    this.#place = place;
    this.#names = new ExactNames(dirname(home.temporaryDirectory));
    this.#ledger = new TreeLedger(home.ledgerDirectory);
  }

  /**
   * Writes a member to its place, verified if its manifest has a checksum.
   *
   * @returns whether it was written; false if the same file was already there
   * @throws FatalError if no other member could be written either; CodedError with the reason if
   * this one cannot be
   */
  async put(member: ReadMember): Promise<boolean> {
    this.#prepare();
    const path = join(this.#home.root, member.path);
    const shown = join(this.#place.out, member.path);
    writing(shown, () => this.#makeDirectory(dirname(path)));
    const present = lstatSync(path, { throwIfNoEntry: false });
    if (present !== undefined) this.#names.check(path);
    const { expected } = member;
    if (present?.isDirectory() === true)
      throw new CodedError('exists', 'there is a directory of that name, which is not replaced');
    if (expected !== undefined && present !== undefined && this.#leaveInPlace(expected, path, present))
      return false;
    const file = writing(shown, () => new AtomicFile(this.#home.temporaryDirectory));
    try {
      const sha256 = await receive(member, (piece) => writing(shown, () => file.write(piece)));
      if (expected === undefined && isSame(path, present, sha256)) return false;
      if (present !== undefined && !this.#place.overwrite)
        throw new CodedError(
          'exists',
          'there is another file of that name already (--overwrite replaces it)',
        );
      if (expected !== undefined && present?.isFile() === true)
        writing(shown, () => this.#place.onReplace?.(expected));
      const stats = writing(shown, () => file.commit(path));
      if (expected !== undefined) this.#ledger.remember(expected, stats);
      return true;
    } finally {
      file.discard();
    }
  }

  /** Writes the ledger of verified files. A failure is reported by {@link close}. */
  flush(): void {
    this.#ledger.flush();
  }

  /** @returns why the ledger of verified files could not be written; the files are in place */
  close(): FailureNote | undefined {
    const failure = this.#ledger.close();
    this.#place.lock?.release();
    if (!this.#isPrepared) this.#leaveAsItWas();
    if (failure === undefined) return undefined;
    const where = join(this.#place.out, relative(this.#home.root, this.#home.ledgerDirectory));
    return { where, message: `${failure}; the files are in place, and later runs hash it again` };
  }

  /**
   * Creates what the tree needs besides crate files, when the first one is written.
   * @throws FatalError
   */
  #prepare(): void {
    if (this.#isPrepared) return;
    const { layout, out } = this.#place;
    const { temporaryDirectory, ledgerDirectory } = this.#home;
    const directories = [temporaryDirectory, ledgerDirectory];
    this.#isPrepared = true;
    try {
      if (layout === undefined) for (const directory of directories) makeDirectories(directory);
      else prepareHome(this.#home, layout, directories);
      removeTemporaries(temporaryDirectory);
    } catch (error) {
      throw cannotWrite(out, error);
    }
  }

  /** Removes the directories that were created only for the lock. */
  #leaveAsItWas(): void {
    const { before } = this.#place;
    try {
      for (let made = dirname(this.#home.lockFile); made !== before; made = dirname(made)) rmdirSync(made);
    } catch {
      // Something else has been created there meanwhile.
    }
  }

  /**
   * Trusts files that were verified before and are unchanged. Hashes any other file, and records it
   * if it is right.
   *
   * @returns whether the member's file is already there
   */
  #leaveInPlace(expected: PlacedMember, path: string, present: Stats): boolean {
    if (!present.isFile()) return false;
    if (this.#ledger.find(expected, present)) return true;
    if (!isSame(path, present, expected.sha256)) return false;
    this.#ledger.remember(expected, present);
    return true;
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

function nearestThere(directory: string): string {
  let there = directory;
  while (!existsSync(there)) there = dirname(there);
  return there;
}

function isSame(path: string, present: Stats | undefined, sha256: string): boolean {
  return present?.isFile() === true && sha256File(path).sha256 === sha256;
}

/**
 * Reads a member to its end.
 * @returns its SHA-256.
 * @throws CodedError if that does not match the manifest
 */
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
