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

/** Bodies that broke off and wait for their next attempt, for each lane: each has a file open. */
const MAX_WAITING = 16;

/** What a body is of, for it to be gone on with. */
export interface BodyOf {
  readonly url: string;
  /** lower-case hex; without one, nothing would tell a wrong beginning */
  readonly sha256: string | undefined;
}

/** The beginnings of a lane's large bodies that broke off, in this run or an earlier one. */
export class Partials {
  readonly #directory: string;
  readonly #waiting = new Map<string, CrateBody>();
  /** Checksums of what earlier runs left. */
  #left: Set<string> | undefined;

  /** @param directory may be made later */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The body of an attempt that broke off, if it is kept; its owner is the caller now. */
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

  /** Gives a new body what an earlier run left of its file, if that is of use. @returns the body */
  goOn(of: BodyOf, body: CrateBody): CrateBody {
    const file = this.#reopen(of);
    if (file === undefined) return body;
    try {
      body.goOnWith(file);
    } catch {
      // It cannot be read: it is fetched from its beginning.
      body.discard();
    }
    return body;
  }

  /** @throws the system's error */
  create(facts: PartialFacts): PartialFile {
    makeDirectories(this.#directory);
    return new PartialFile(this.#directory, facts);
  }

  /** What an earlier run left of this file, to be gone on with; ours alone from now on. */
  #reopen({ url, sha256 = '' }: BodyOf): PartialFile | undefined {
    this.#left ??= namesIn(this.#directory);
    if (!this.#left.delete(sha256)) return undefined;
    const path = ownPath(this.#directory, sha256);
    try {
      const kept = join(this.#directory, keptName(sha256));
      // Another lane may be asked for the same file: one of them gets it.
      renameSync(kept, path);
      renameSync(sidecarOf(kept), sidecarOf(path));
      const facts = readFacts(path);
      if (facts?.url === url && facts.sha256 === sha256 && statSync(path).size < facts.length)
        return new PartialFile(this.#directory, facts, path);
    } catch {
      // Fetched from its beginning instead.
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
