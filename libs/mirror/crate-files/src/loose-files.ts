import { constants, type Stats } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { indexShard } from '@crates-mirror/crates-index';
import { CodedError } from '@crates-mirror/errors';
import { createSha256 } from '@crates-mirror/hashing';
import { HOME_DIRECTORY, type Layout, mirrorHome } from '@crates-mirror/layout';
import { LRUCache } from 'lru-cache';
import pLimit from 'p-limit';
import { LedgerView } from './ledger-view.ts';
import { ABSENT, type LookupResult } from './lookup-result.ts';
import type { LooseSource } from './loose-source.ts';
import type { OpenCrateFile } from './open-crate-file.ts';
import { OpenLooseFile } from './open-loose-file.ts';
import { type PathState, stateOfPath } from './path-state.ts';
import type { LoosePlace, WantedFile } from './place.ts';
import { isAbsence, readError } from './read-error.ts';
import { Witness } from './witness.ts';

/** Maximum number of SHA-256 results kept for files that are in no ledger. */
const MAX_HASHED = 100_000;
const MAX_HASHING = 2;
const READ_SIZE = 1 << 20;
/** Attempts to check a file that keeps being replaced. */
const MAX_LOOKS = 4;
/**
 * Flags for untrusted files: a symbolic link could lead out of the mirror, and reading a pipe could
 * block forever.
 */
const SAFELY = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * The loose crate files of a mirror. They are checked against its ledger, or by their bytes if the
 * ledger does not list them.
 */
export class LooseFiles implements LooseSource {
  readonly #root: string;
  readonly #layout: Layout;
  /** A file comes and goes with a change of its directory. */
  readonly additions = 0;
  readonly #witness: Witness;
  readonly #ledger: LedgerView;
  readonly #hashed = new LRUCache<string, string>({ max: MAX_HASHED });
  readonly #hashing = new Map<string, Promise<string | undefined>>();
  readonly #limit = pLimit(MAX_HASHING);

  constructor(root: string, layout: Layout) {
    this.#root = root;
    this.#layout = layout;
    this.#witness = new Witness(root, HOME_DIRECTORY);
    this.#ledger = new LedgerView(mirrorHome(root).ledgerDirectory);
  }

  checkThere(): Promise<void> {
    return this.#witness.check();
  }

  directoryOf(wanted: WantedFile): string {
    return dirname(join(this.#root, this.#layout.pathOf(wanted)));
  }

  stateOf(directory: string): Promise<PathState> {
    return stateOfPath(directory);
  }

  /** @throws CodedError if it cannot be determined now whether the file is there */
  async find(wanted: WantedFile): Promise<LookupResult> {
    const relative = this.#layout.pathOf(wanted);
    const path = join(this.#root, relative);
    let stats = await statsOf(path);
    for (let look = 1; ; look++) {
      const result = await this.#judge(wanted, relative, stats);
      // If a run replaces the file meanwhile, the ledger may describe a different file than the one
      // checked.
      const isFinal = (result.kind !== 'damaged' && result.kind !== 'lost') || look === MAX_LOOKS;
      const now = isFinal ? stats : await statsOf(path);
      if (isFinal || isSameFile(stats, now)) return result;
      stats = now;
    }
  }

  async #judge(wanted: WantedFile, relative: string, stats: Stats | undefined): Promise<LookupResult> {
    const { sha256 } = wanted;
    const path = join(this.#root, relative);
    const table = await this.#ledger.shard(indexShard(wanted.name));
    if (stats === undefined) return table.hasVerified(relative, sha256) ? { kind: 'lost', path } : ABSENT;
    const { ino, size, mtimeMs } = stats;
    const place: LoosePlace = { kind: 'loose', path, size, mtimeMs };
    const known = stats.isFile() ? table.check(relative, size, mtimeMs, sha256) : 'resized';
    if (known === 'is-it') return { kind: 'held', place };
    if (known === 'is-another') return { kind: 'outdated' };
    if (known === 'resized') return { kind: 'damaged', places: [place] };
    const found = await this.#hash(path, `${ino}:${size}:${mtimeMs}`);
    if (found === sha256) return { kind: 'held', place };
    const isOutdated = found !== undefined && table.hasVerified(relative, found);
    return isOutdated ? { kind: 'outdated' } : { kind: 'damaged', places: [place] };
  }

  async open({ path, size, mtimeMs }: LoosePlace): Promise<OpenCrateFile> {
    const file = await open(path, SAFELY);
    const stats = await file.stat();
    if (stats.isFile() && stats.size === size && stats.mtimeMs === mtimeMs)
      return new OpenLooseFile(file, size);
    await file.close();
    throw new CodedError('changed', `${path} has changed`);
  }

  #hash(path: string, state: string): Promise<string | undefined> {
    const key = `${path}\n${state}`;
    const hashed = this.#hashed.get(key);
    if (hashed !== undefined) return Promise.resolve(hashed);
    let hashing = this.#hashing.get(key);
    if (hashing === undefined) {
      hashing = this.#limit(() => sha256Of(path))
        .then((sha256) => {
          this.#hashed.set(key, sha256);
          return sha256;
        })
        .catch((error: unknown) => {
          if (isAbsence(error)) return undefined;
          throw readError(path, error);
        })
        .finally(() => this.#hashing.delete(key));
      this.#hashing.set(key, hashing);
    }
    return hashing;
  }
}

function isSameFile(a: Stats | undefined, b: Stats | undefined): boolean {
  return a?.ino === b?.ino && a?.size === b?.size && a?.mtimeMs === b?.mtimeMs;
}

async function statsOf(path: string): Promise<Stats | undefined> {
  return lstat(path).catch((error: unknown) => {
    if (isAbsence(error)) return undefined;
    throw readError(path, error);
  });
}

async function sha256Of(path: string): Promise<string> {
  const file = await open(path, SAFELY);
  try {
    const hash = createSha256();
    const piece = Buffer.allocUnsafe(READ_SIZE);
    for (;;) {
      const { bytesRead } = await file.read(piece, 0, READ_SIZE, null);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(piece.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}
