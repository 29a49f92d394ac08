import { type IndexCommit, isCrateName, readIndexCommit } from '@crates-mirror/crates-index';
import type { Request } from '@crates-mirror/http-content';
import type { SparseIndex } from '@crates-mirror/sparse-index';
import type { Census } from '../counts/census.ts';
import { cratePage, unknownCratePage } from './crate-page.ts';
import { homePage } from './home-page.ts';
import type { Page } from './send-page.ts';

const MOST_RESULTS = 100;
const LONGEST_SEARCH = 64;
/** How long the index is taken to be at the same commit. */
const COMMIT_FRESH_MS = 10_000;

export interface PageParts {
  readonly indexDir: string;
  readonly index: SparseIndex;
  readonly census: Census;
  readonly originOf: (request: Request) => string | undefined;
}

/** The pages for people. */
export class Pages {
  readonly #parts: PageParts;
  #commit: { readonly readAt: number; readonly value: Promise<IndexCommit | undefined> } | undefined;

  constructor(parts: PageParts) {
    this.#parts = parts;
  }

  async home(query: URLSearchParams, request: Request): Promise<Page> {
    const { census, originOf } = this.#parts;
    const text = (query.get('q') ?? '').trim().slice(0, LONGEST_SEARCH);
    return homePage({
      counts: census.counts,
      commit: await this.#indexCommit(),
      origin: originOf(request) ?? 'http://THIS-SERVER',
      search: text === '' ? undefined : { text, ...(await this.#search(text)) },
      now: Date.now(),
    });
  }

  async crate(name: string): Promise<Page> {
    const versions = await this.#parts.index.list(name);
    return versions === undefined ? unknownCratePage(name) : cratePage(versions);
  }

  /** A crate of just that name is found even before all names are known. */
  async #search(text: string): Promise<{ names: readonly string[]; isCut: boolean }> {
    const { names, isCut } = this.#parts.census.search(text, MOST_RESULTS);
    if (names.length > 0 || !isCrateName(text) || this.#parts.census.counts.finishedAt !== undefined)
      return { names, isCut };
    const exact = await this.#parts.index.find(text);
    return { names: exact === undefined ? [] : [text], isCut: false };
  }

  #indexCommit(): Promise<IndexCommit | undefined> {
    const now = performance.now();
    if (this.#commit === undefined || now - this.#commit.readAt > COMMIT_FRESH_MS)
      this.#commit = { readAt: now, value: readIndexCommit(this.#parts.indexDir) };
    return this.#commit.value;
  }
}
