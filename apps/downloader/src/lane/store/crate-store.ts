import { closeSync, fstatSync, openSync, readSync, rmdirSync, type Stats, unlinkSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { CodedError } from '@crates-mirror/errors';
import { ExactNames, writeFileAtomic } from '@crates-mirror/fs-atomic';
import { sha256File } from '@crates-mirror/hashing/sha256';
import { type MirrorHome, mirrorHome } from '@crates-mirror/layout/mirror-home';
import { windowsFlaw } from '@crates-mirror/layout/windows-name';
import { VerifiedLedger } from '@crates-mirror/manifest/verified-ledger';
import type { SetAside } from '@crates-mirror/removals/set-aside';
import { BodyMemory } from '../fetch/body-memory.ts';
import { CrateBody } from '../fetch/crate-body.ts';
import type { PartialFacts, PartialFile } from '../fetch/partial/partial-file.ts';
import { Partials } from '../fetch/partial/partials.ts';
import type { Target } from '../target.ts';
import { LooseFiles } from './loose-files.ts';
import { parentOf } from './loose-paths.ts';
import { storing } from './store-error.ts';

const READ_SIZE = 256 * 1024;

/** A file that is in place. */
export interface FoundFile {
  readonly status: 'existing' | 'verified_existing';
  /** bytes */
  readonly size: number;
  /** Of a file that is as it was when it was verified. */
  readonly mtimeMs?: number;
  /** Of a file that was hashed just now, and that the ledger does not know as it is. */
  readonly hashedMtimeMs?: number;
  /** lower-case hex */
  readonly sha256: string;
}

/** The mirror's loose files as one lane sees it: what is in place already, and how a verified body gets there. */
export class CrateStore {
  readonly #home: MirrorHome;
  readonly #files: LooseFiles;
  readonly #ledger: VerifiedLedger;
  readonly #verifyExisting: boolean;
  readonly #onDamage: (path: string) => void;
  readonly #setAside: SetAside | undefined;
  readonly #names: ExactNames;
  readonly #memory = new BodyMemory();
  readonly #partials: Partials;
  readonly #createPartial = (facts: PartialFacts): PartialFile => this.#partials.create(facts);

  /**
   * @param onDamage told of a file that looks as it was when it was verified, and is not what it was
   * @param setAside gets verified files that others replace; undefined where they are not kept
   * @param names undefined for those of the mirror's own file system
   */
  constructor(
    root: string,
    verifyExisting: boolean,
    onDamage: (path: string) => void = () => {},
    setAside?: SetAside,
    names?: ExactNames,
  ) {
    // Parents are told by comparing paths.
    this.#home = mirrorHome(resolve(root));
    this.#partials = new Partials(this.#home.partialDirectory);
    this.#files = new LooseFiles(this.#home.root);
    this.#ledger = new VerifiedLedger(this.#home.ledgerDirectory);
    this.#verifyExisting = verifyExisting;
    this.#onDamage = onDamage;
    this.#setAside = setAside;
    this.#names = names ?? new ExactNames(dirname(this.#home.temporaryDirectory));
  }

  /**
   * Whether a target's file is in place: trusted if size and mtime are those of its verification, else hashed.
   * A file that no checksum can vouch for is not in place. Changes nothing. @throws StoreError
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

  /** Takes note of a target's file that {@link find} has hashed. */
  remember(target: Target, { size, hashedMtimeMs, sha256 }: FoundFile): void {
    if (hashedMtimeMs === undefined) return;
    this.#ledger.remember(target.shard, target.path, size, hashedMtimeMs, sha256);
  }

  /** A body for a target's file; what a broken attempt or an earlier run has left of it is its beginning. */
  newBody(target: Target): CrateBody {
    return this.#partials.take(target) ?? this.#partials.goOn(target, this.#bodyOf(target));
  }

  /** Done with a body that is not whole. @param isKept whether the next attempt may go on with it */
  release(target: Target, body: CrateBody, isKept: boolean): void {
    if (isKept && target.sha256 !== undefined && body.resume !== undefined)
      this.#partials.keep(target.sha256, body);
    else body.discard();
  }

  #bodyOf({ url, sha256, maxSize }: Target): CrateBody {
    const keeping = sha256 === undefined ? undefined : { url, sha256, create: this.#createPartial };
    return new CrateBody(this.#home.temporaryDirectory, this.#memory, undefined, keeping, maxSize);
  }

  /** Puts a verified body in place. @returns where it is, and its size in bytes. @throws StoreError */
  place(target: Target, body: CrateBody, sha256: string): { path: string; size: number } {
    return this.#put(target, sha256, (path) => body.store(path));
  }

  /** The same for a body whose bytes go elsewhere too. @throws StoreError */
  write(target: Target, content: Buffer, sha256: string): void {
    const { temporaryDirectory } = this.#home;
    this.#put(target, sha256, (path) => writeFileAtomic(path, content, { temporaryDirectory }));
  }

  /** Reads the file of a target that {@link find} has found. @throws StoreError */
  load(target: Target): CrateBody {
    const body = new CrateBody(this.#home.temporaryDirectory, this.#memory);
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

  /** Removes a target's file, where there is one, and the directories that are empty without it. @throws StoreError */
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

  /** Writes down what was verified. Comes before the manifest records of the same files. @throws StoreError */
  flush(): void {
    storing(() => this.#ledger.flush());
  }

  /** A verified file with other bytes is about to be replaced. */
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

/** A device takes what is written to it, and keeps nothing. @throws CodedError */
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
