import { isCrateName } from '@crates-mirror/crates-index';
import type { Request } from '@crates-mirror/http-content';
import type { SparseIndex } from '@crates-mirror/sparse-index';
import type { Census } from '../counts/census.ts';
import type { CommitWatch } from '../index-commit.ts';
import { cratePage, unknownCratePage } from './crate-page.ts';
import { homePage } from './home-page.ts';
import type { Page } from './send-page.ts';

const MOST_RESULTS = 100;
const LONGEST_SEARCH = 64;

export interface PageParts {
  readonly index: SparseIndex;
  readonly census: Census;
  readonly commit: CommitWatch;
  readonly originOf: (request: Request) => string | undefined;
}

/** The pages for people. */
export class Pages {
  readonly #parts: PageParts;

  constructor(parts: PageParts) {
    this.#parts = parts;
  }

  async home(query: string, request: Request): Promise<Page> {
    const { census, commit, originOf } = this.#parts;
    const text = (new URLSearchParams(query).get('q') ?? '').trim().slice(0, LONGEST_SEARCH);
    return homePage({
      counts: census.counts,
      commit: await commit.get(),
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
}
