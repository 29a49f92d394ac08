import { type Commit, headCommit } from '@crates-mirror/git';

/** How long the index is taken to be at the same commit. */
const FRESH_MS = 10_000;

/** The commit that the index is at, asked of git now and then. */
export class CommitWatch {
  readonly #indexDir: string;
  #known: { readonly readAt: number; readonly commit: Promise<Commit | undefined> } | undefined;

  constructor(indexDir: string) {
    this.#indexDir = indexDir;
  }

  /** undefined where it is no git checkout */
  get(): Promise<Commit | undefined> {
    const now = performance.now();
    if (this.#known === undefined || now - this.#known.readAt > FRESH_MS)
      this.#known = { readAt: now, commit: headCommit(this.#indexDir) };
    return this.#known.commit;
  }
}
