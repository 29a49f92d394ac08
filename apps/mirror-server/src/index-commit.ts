import { type Commit, headCommit } from '@crates-mirror/git';

/** How long a commit is cached before git is queried again. */
const FRESH_MS = 10_000;

/** The index's current commit, queried from git and cached. */
export class CommitWatch {
  readonly #indexDir: string;
  #known: { readonly readAt: number; readonly commit: Promise<Commit | undefined> } | undefined;

  constructor(indexDir: string) {
    this.#indexDir = indexDir;
  }

  /** Returns undefined if the index is not a git checkout. */
  get(): Promise<Commit | undefined> {
    const now = performance.now();
    if (this.#known === undefined || now - this.#known.readAt > FRESH_MS)
      this.#known = { readAt: now, commit: headCommit(this.#indexDir) };
    return this.#known.commit;
  }
}
