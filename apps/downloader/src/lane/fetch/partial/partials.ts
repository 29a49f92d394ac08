import { readdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectories } from '@crates-mirror/fs-atomic';
import type { CrateBody } from '../crate-body.ts';
import {
  keptName,
  keptSha256,
  ownPath,
  type PartialFacts,
  PartialFile,
  readFacts,
  removePartial,
  sidecarOf,
} from './partial-file.ts';

/**
 * Maximum number of broken-off bodies per lane that wait for their next attempt. Each has an open
 * file.
 */
const MAX_WAITING = 16;

/** Identifies the file of a body, so that it can be resumed. */
export interface BodyOf {
  readonly url: string;
  /** Lower-case hex. Without a checksum, a wrong beginning would not be detected. */
  readonly sha256: string | undefined;
}

/** The beginnings of a lane's large bodies that broke off in this run or an earlier one. */
export class Partials {
  readonly #directory: string;
  readonly #waiting = new Map<string, CrateBody>();
  /** Checksums of the files that earlier runs left. */
  #left: Set<string> | undefined;

  /** @param directory may be created later */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Returns the kept body of an attempt that broke off, if any. The caller becomes its owner. */
  take({ sha256 = '' }: BodyOf): CrateBody | undefined {
    const body = this.#waiting.get(sha256);
    this.#waiting.delete(sha256);
    return body;
  }

  /** Keeps the body of an attempt that broke off. */
  keep(sha256: string, body: CrateBody): void {
    this.#waiting.get(sha256)?.discard();
    this.#waiting.delete(sha256);
    this.#waiting.set(sha256, body);
    if (this.#waiting.size <= MAX_WAITING) return;
    const [oldest] = this.#waiting;
    if (oldest === undefined) return;
    this.#waiting.delete(oldest[0]);
    oldest[1].discard();
  }

  /**
   * Adds to a new body what an earlier run left of its file, if that is usable.
   *
   * @returns the body
   */
  goOn(of: BodyOf, body: CrateBody): CrateBody {
    const file = this.#reopen(of);
    if (file === undefined) return body;
    try {
      body.goOnWith(file);
    } catch {
      // It cannot be read, so the file is fetched from the beginning.
      body.discard();
    }
    return body;
  }

  /** @throws the system's error */
  create(facts: PartialFacts): PartialFile {
    makeDirectories(this.#directory);
    return new PartialFile(this.#directory, facts);
  }

  /** Takes exclusive ownership of what an earlier run left of this file. */
  #reopen({ url, sha256 = '' }: BodyOf): PartialFile | undefined {
    this.#left ??= namesIn(this.#directory);
    if (!this.#left.delete(sha256)) return undefined;
    const path = ownPath(this.#directory, sha256);
    try {
      const kept = join(this.#directory, keptName(sha256));
      // Another lane may have the same file as a target. The rename succeeds for only one of them.
      renameSync(kept, path);
      renameSync(sidecarOf(kept), sidecarOf(path));
      const facts = readFacts(path);
      if (facts?.url === url && facts.sha256 === sha256 && statSync(path).size < facts.length)
        return new PartialFile(this.#directory, facts, path);
    } catch {
      // The file is fetched from the beginning instead.
    }
    removePartial(path);
    return undefined;
  }
}

function namesIn(directory: string): Set<string> {
  try {
    return new Set(readdirSync(directory).flatMap((name) => keptSha256(name) ?? []));
  } catch {
    return new Set();
  }
}
